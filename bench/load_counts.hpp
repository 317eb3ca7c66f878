#pragma once

#include <algorithm>
#include <cstdint>

#include "troupe/bench/latency_histogram.hpp"

namespace troupe::bench {

/// Latencies, with the two figures that a histogram blurs.
struct latency_record {
  latency_histogram histogram;
  std::int64_t sum_ns = 0;
  std::int64_t max_ns = 0;
  std::uint64_t count = 0;

  void add(std::int64_t ns) noexcept {
    histogram.add(ns);
    sum_ns += ns;
    max_ns = std::max(max_ns, ns);
    ++count;
  }

  double mean_us() const noexcept {
    return count == 0
             ? 0.0
             : static_cast<double>(sum_ns) / 1e3 / static_cast<double>(count);
  }

  double quantile_us(double share) const noexcept {
    auto ns = static_cast<std::int64_t>(histogram.quantile_ns(share));
    return static_cast<double>(std::min(ns, max_ns)) / 1e3;
  }
};

/// What has become of the requests of one class.
/// Invariant: intended = answered + failed + refused + overflowed + what is not
/// finished.
struct load_counts {
  std::uint64_t intended = 0;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;
  std::uint64_t refused = 0;
  std::uint64_t overflowed = 0;
  std::uint64_t connects = 0;
  /// Answers that came in the time counted, whenever they were asked for.
  std::uint64_t answers = 0;
  /// From when a request was due to its answer.
  latency_record latency;
  /// From when a request was due to when the generator looked at it.
  latency_record lateness;

  std::uint64_t unfinished() const noexcept {
    return intended - answered - failed - refused - overflowed;
  }
};

} // namespace troupe::bench
