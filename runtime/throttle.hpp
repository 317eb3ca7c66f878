#pragma once

#include <cstdint>

namespace troupe {

/// What keeps a resource container from running, reading or writing.
enum class throttle : std::uint8_t {
  none,
  cpu_max,
  memory_max,
  queued_messages_max,
  read_rate_max,
  write_rate_max,
  suspended,
};

/// The name of the attribute, or of the answer of a rule.
constexpr const char* to_string(throttle why) noexcept {
  switch (why) {
    case throttle::none:
      return "none";
    case throttle::cpu_max:
      return "cpu_max";
    case throttle::memory_max:
      return "memory_max";
    case throttle::queued_messages_max:
      return "queued_messages_max";
    case throttle::read_rate_max:
      return "read_rate_max";
    case throttle::write_rate_max:
      return "write_rate_max";
    case throttle::suspended:
      return "suspended";
  }
  return "unknown";
}

} // namespace troupe
