#pragma once

#include <cstdint>

namespace troupe::test {

/// The seed of all random tests of this run, printed when it is first asked
/// for. Set TROUPE_SEED to repeat a run.
std::uint64_t seed();

} // namespace troupe::test
