#pragma once

#include <cstdint>

namespace troupe::test {

/// What all clients of a run have met, in sum.
struct tally {
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  /// Refused with an unknown outcome, or not answered before the connection
  /// ended.
  std::uint64_t unknown = 0;
  /// Messages told to somebody.
  std::uint64_t deliveries = 0;
  std::uint64_t reconnects = 0;
  /// Connections we ended as no answer came.
  std::uint64_t silences = 0;
};

} // namespace troupe::test
