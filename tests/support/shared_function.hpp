#pragma once

#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"

#include "troupe/actors/shared_actor.hpp"
#include "troupe/tests/support/function_actor.hpp"

namespace troupe::test {

using shared_function = function_actor<shared_actor>;

inline caf::actor spawn_shared(caf::actor_system& system,
                               shared_function::start_function start) {
  return system.spawn<shared_function>(std::move(start));
}

} // namespace troupe::test
