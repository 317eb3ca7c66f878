#pragma once

#include <functional>
#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"

#include "troupe/actors/shared_actor.hpp"

namespace troupe::test {

/// A shared actor that does what a function says.
class shared_function final : public shared_actor {
public:
  using start_function = std::function<caf::behavior(shared_actor*)>;

  shared_function(caf::actor_config& config, start_function start)
    : shared_actor(config), start_(std::move(start)) {
    // nop
  }

  caf::behavior make_behavior() override {
    return start_(this);
  }

private:
  start_function start_;
};

inline caf::actor spawn_shared(caf::actor_system& system,
                               shared_function::start_function start) {
  return system.spawn<shared_function>(std::move(start));
}

} // namespace troupe::test
