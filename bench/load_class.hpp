#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "troupe/bench/source_prefix.hpp"

#include "work/work.pb.h"

namespace troupe::bench {

/// Clients that are alike, and what they ask for.
struct load_class {
  std::string name;
  std::optional<source_prefix> source;
  std::size_t clients = 1;
  /// Requests a second of all clients together, unless they are `closed`.
  double rate = 0;
  /// Requests that one client sends at once.
  std::size_t burst = 1;
  /// Each client sends its next request when it has an answer.
  bool closed = false;
  /// A connection for each request.
  bool connect = false;
  /// Requests of one client that are under way, at most.
  std::size_t in_flight = 1;
  /// Requests of all clients that are due and not sent, at most.
  std::size_t queue = 100'000;
  /// Pause before a client whose connection was ended tries again.
  std::size_t retry_ms = 100;
  /// Part of the window in which requests are due, from its beginning.
  std::optional<double> from_seconds;
  std::optional<double> until_seconds;
  work::Work request;
};

} // namespace troupe::bench
