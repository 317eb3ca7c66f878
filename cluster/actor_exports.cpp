#include "troupe/cluster/actor_exports.hpp"

#include "caf/abstract_actor.hpp"
#include "caf/actor_cast.hpp"

namespace troupe {

std::uint64_t actor_exports::add(const caf::strong_actor_ptr& who) {
  auto number = who->id();
  {
    std::scoped_lock guard{mutex_};
    if (!actors_.try_emplace(number, caf::actor_cast<caf::weak_actor_ptr>(who))
           .second)
      return number;
  }
  who->get()->attach_functor([this, number] { erase(number); });
  return number;
}

caf::strong_actor_ptr actor_exports::find(std::uint64_t number) const {
  std::scoped_lock guard{mutex_};
  auto found = actors_.find(number);
  return found == actors_.end()
           ? nullptr
           : caf::actor_cast<caf::strong_actor_ptr>(found->second);
}

void actor_exports::erase(std::uint64_t number) {
  std::scoped_lock guard{mutex_};
  actors_.erase(number);
}

} // namespace troupe
