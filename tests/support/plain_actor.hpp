#pragma once

#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"
#include "caf/event_based_actor.hpp"

#include "troupe/tests/support/function_actor.hpp"

namespace troupe::test {

/// It knows nothing of troupe.
using plain_actor = function_actor<caf::event_based_actor>;

inline caf::actor spawn_plain(caf::actor_system& system,
                              plain_actor::start_function start) {
  return system.spawn<plain_actor>(std::move(start));
}

} // namespace troupe::test
