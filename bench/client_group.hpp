#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "troupe/bench/load_class.hpp"
#include "troupe/bench/load_counts.hpp"

namespace troupe::bench {

/// The clients of one class, and what has become of their requests.
struct client_group {
  client_group(const load_class& x, std::size_t first)
    : what(x), request(x.request), first_client(first) {
    // nop
  }

  bool is_in_window(std::int64_t time) const noexcept {
    return time >= window_begin_ns && time < window_end_ns;
  }

  /// Counts what has happened to a request that was due at `intended`.
  void count(std::uint64_t load_counts::*what_happened, std::int64_t intended) {
    if (is_in_window(intended))
      ++(window.*what_happened);
    ++(second.*what_happened);
  }

  /// The same for a time it took.
  void record(latency_record load_counts::*what_took, std::int64_t intended,
              std::int64_t now) {
    if (is_in_window(intended))
      (window.*what_took).add(now - intended);
    (second.*what_took).add(now - intended);
  }

  const load_class& what;
  work::Work request;
  const std::size_t first_client;

  /// Due and not on a connection.
  std::size_t waiting = 0;
  /// Due and not finished.
  std::size_t outstanding = 0;

  /// What is due between these two is what the run is about.
  std::int64_t window_begin_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t window_end_ns = std::numeric_limits<std::int64_t>::max();
  /// From then on nothing is due.
  std::int64_t until_ns = 0;

  load_counts window;
  load_counts second;
};

} // namespace troupe::bench
