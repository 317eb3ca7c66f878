#include "troupe/examples/work/burner.hpp"

#include <deque>

#include "caf/response_promise.hpp"
#include "caf/result.hpp"

#include "troupe/actors/shared_actor.hpp"
#include "troupe/examples/work/spin.hpp"

namespace work {

namespace {

/// Command, to oneself: burn what is first.
struct go_on {};

} // namespace

} // namespace work

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(work::go_on)

namespace work {

namespace {

class burner final : public troupe::shared_actor {
public:
  using troupe::shared_actor::shared_actor;

  const char* name() const override {
    return "work.burner";
  }

  caf::behavior make_behavior() override {
    return {[](const burn& x) { spin(x.us); }};
  }
};

class ordering_burner final : public troupe::shared_actor {
public:
  using troupe::shared_actor::shared_actor;

  const char* name() const override {
    return "work.ordering_burner";
  }

  caf::behavior make_behavior() override {
    return {
      [this](const burn& x) { return add(x); },
      [this](const go_on&) { burn_first(); },
    };
  }

private:
  struct order {
    std::uint32_t us;
    caf::response_promise answer;
  };

  caf::result<void> add(const burn& x) {
    // One command at a time: what comes meanwhile is not behind all of them.
    if (important_.empty() && others_.empty())
      send(this, go_on{});
    auto answer = make_response_promise();
    (x.is_important ? important_ : others_).push_back({x.us, answer});
    return answer;
  }

  void burn_first() {
    auto& orders = important_.empty() ? others_ : important_;
    auto next = std::move(orders.front());
    orders.pop_front();
    spin(next.us);
    next.answer.deliver(caf::unit);
    if (!important_.empty() || !others_.empty())
      send(this, go_on{});
  }

  std::deque<order> important_;
  std::deque<order> others_;
};

} // namespace

caf::actor spawn_burner(caf::actor_system& system) {
  return system.spawn<burner>();
}

caf::actor spawn_ordering_burner(caf::actor_system& system) {
  return system.spawn<ordering_burner>();
}

} // namespace work
