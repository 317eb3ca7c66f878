#include "troupe/cluster/actor_exports.hpp"

#include "caf/abstract_actor.hpp"
#include "caf/actor_cast.hpp"

namespace troupe {

std::uint64_t actor_exports::add(const caf::strong_actor_ptr& who) {
  auto number = who->id();
  {
    std::scoped_lock guard{known_->mutex};
    if (!known_->by_number
           .try_emplace(number, caf::actor_cast<caf::weak_actor_ptr>(who))
           .second)
      return number;
  }
  who->get()->attach_functor(
    [number, weak = std::weak_ptr<known_actors>{known_}] {
      if (auto known = weak.lock()) {
        std::scoped_lock guard{known->mutex};
        known->by_number.erase(number);
      }
    });
  return number;
}

caf::strong_actor_ptr actor_exports::find(std::uint64_t number) const {
  std::scoped_lock guard{known_->mutex};
  auto found = known_->by_number.find(number);
  return found == known_->by_number.end()
           ? nullptr
           : caf::actor_cast<caf::strong_actor_ptr>(found->second);
}

} // namespace troupe
