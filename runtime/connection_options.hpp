#pragma once

#include <cstddef>
#include <cstdint>

#include "troupe/runtime/limits.hpp"

namespace troupe {

/// The bounds of one connection. A time of 0 means none.
struct connection_options {
  /// No byte received or sent for this long closes the connection.
  std::uint64_t idle_ms_max = limits::idle_ms_max;
  /// A frame that was begun must be complete after this long.
  std::uint64_t frame_ms_max = limits::frame_ms_max;
  /// Unsent output must make progress within this time.
  std::uint64_t write_stall_ms_max = limits::write_stall_ms_max;
  /// Unsent output beyond which the connection is closed.
  std::size_t output_bytes_max = limits::output_bytes_max;
};

/// How a connection is made from here.
struct connect_options {
  connection_options connection{};
  /// One attempt fails after this long.
  std::uint64_t connect_ms_max = limits::connect_ms_max;
  /// Attempts, the first included.
  std::uint32_t attempts_max = limits::connect_attempts_max;
  /// The pause after the first failure; it doubles up to the second bound.
  std::uint64_t backoff_ms_min = limits::backoff_ms_min;
  std::uint64_t backoff_ms_max = limits::backoff_ms_max;
};

/// Who pays for a connection.
enum class connection_payer : std::uint8_t {
  /// A resource container of its own, under that of its class or listener.
  itself,
  /// One that all connections from its address have in common there; of IPv6,
  /// from its network of 64 bits.
  its_address,
  /// The resource container of its class or listener.
  its_class,
};

} // namespace troupe
