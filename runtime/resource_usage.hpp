#pragma once

#include <array>
#include <cstdint>

namespace troupe {

/// What a resource container has used. Totals only grow; gauges say what is
/// held now.
struct resource_usage {
  std::uint64_t cpu_ns = 0;
  /// Turns of a worker, and how long work was ready to run before each of them.
  std::uint64_t turns = 0;
  std::uint64_t waited_ns = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  /// Frames decoded, and frames encoded.
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  /// Gauge: bytes received and not handled, of messages that wait, and of
  /// output that is not sent.
  std::int64_t memory_bytes = 0;
  /// Gauge: messages that wait at shared actors, or until they are due.
  std::int64_t queued_messages = 0;
  /// Gauge.
  std::int64_t connections = 0;
  /// Messages dropped and connections refused because of a limit.
  std::uint64_t drops = 0;
  /// How often a limit has kept it from running, reading or writing.
  std::uint64_t throttles = 0;
  /// How often a rule has suspended it, denied it something for a while, or
  /// destroyed it.
  std::uint64_t suspensions = 0;
  std::uint64_t denials = 0;
  std::uint64_t destructions = 0;

  resource_usage& operator+=(const resource_usage& other) noexcept;
};

inline constexpr std::array resource_totals{
  &resource_usage::cpu_ns,     &resource_usage::bytes_in,
  &resource_usage::bytes_out,  &resource_usage::frames_in,
  &resource_usage::frames_out, &resource_usage::turns,
  &resource_usage::waited_ns,  &resource_usage::drops,
  &resource_usage::throttles,  &resource_usage::suspensions,
  &resource_usage::denials,    &resource_usage::destructions,
};

inline constexpr std::array resource_gauges{
  &resource_usage::memory_bytes,
  &resource_usage::queued_messages,
  &resource_usage::connections,
};

inline resource_usage&
resource_usage::operator+=(const resource_usage& other) noexcept {
  for (auto x : resource_totals)
    this->*x += other.*x;
  for (auto x : resource_gauges)
    this->*x += other.*x;
  return *this;
}

} // namespace troupe
