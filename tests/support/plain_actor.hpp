#pragma once

#include <functional>
#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"
#include "caf/behavior.hpp"
#include "caf/event_based_actor.hpp"

namespace troupe::test {

/// An actor that knows nothing of troupe and does what a function says.
class plain_actor final : public caf::event_based_actor {
public:
  using start_function = std::function<caf::behavior(caf::event_based_actor*)>;

  plain_actor(caf::actor_config& config, start_function start)
    : caf::event_based_actor(config), start_(std::move(start)) {
    // nop
  }

  caf::behavior make_behavior() override {
    return start_(this);
  }

private:
  start_function start_;
};

inline caf::actor spawn_plain(caf::actor_system& system,
                              plain_actor::start_function start) {
  return system.spawn<plain_actor>(std::move(start));
}

} // namespace troupe::test
