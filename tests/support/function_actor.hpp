#pragma once

#include <functional>
#include <utility>

#include "caf/actor_config.hpp"
#include "caf/behavior.hpp"

namespace troupe::test {

/// An actor of that kind that does what a function says. Spawned as a function
/// it would do the same, but not without undefined behaviour in CAF.
template <class Base>
class function_actor final : public Base {
public:
  using start_function = std::function<caf::behavior(Base*)>;

  function_actor(caf::actor_config& config, start_function start)
    : Base(config), start_(std::move(start)) {
    // nop
  }

  caf::behavior make_behavior() override {
    return start_(this);
  }

private:
  start_function start_;
};

} // namespace troupe::test
