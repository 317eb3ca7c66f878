#pragma once

#include "troupe/runtime/sim_world.hpp"

namespace troupe::test {

/// A simulated world in which nothing is left to chance: bytes move whole, and
/// a look at the clock takes as long as what a server does between two.
inline sim_options quiet_world() {
  sim_options result;
  result.clock_step_ns = 250;
  result.is_whole = true;
  return result;
}

} // namespace troupe::test
