#pragma once

#include <cstddef>
#include <cstdint>

#include "troupe/runtime/limits.hpp"

namespace troupe {

/// What a resource container may have. A child is limited by its ancestors. All
/// can be changed while it is in use.
struct resource_attributes {
  /// Weight against its siblings, up to 1,000,000; 0 means to run only when no
  /// sibling wants to.
  std::uint32_t shares = limits::shares_default;
  /// The part of the machine (of all workers' time) that it gets before its
  /// shares count, 0 to 1. Those of siblings add up to no more than their
  /// parent's; the root's is 1.
  double cpu_min = 0;
  /// The part of the machine that it gets at most, over 0.1 s; 1 is no limit.
  double cpu_max = 1;
  /// Bytes in it and below it: received and not handled, of messages that wait,
  /// of output that is not sent. From three quarters of it on, nothing is read
  /// for it; beyond it, its messages are dropped and a connection that writes
  /// is closed.
  std::uint64_t memory_max = limits::unlimited;
  /// Connections in it and below it. Further ones are refused.
  std::size_t connections_max = limits::connections_max;
  /// Messages of it and below it that wait at shared actors or until they are
  /// due. From three quarters of it on, nothing is read for it; beyond it,
  /// further ones are dropped.
  std::size_t queued_messages_max = limits::queued_messages_max;
  /// The same at any one shared actor, of it alone.
  std::size_t staged_messages_max = limits::staged_messages_max;
  /// Bytes a second that it and what is below it may receive, over 0.1 s.
  std::uint64_t read_rate_max = limits::unlimited;
  /// The same for what is sent.
  std::uint64_t write_rate_max = limits::unlimited;
};

} // namespace troupe
