#pragma once

#include <cstdint>

namespace troupe {

/// Why a resource container is not given what it wants.
enum class refusal : std::uint8_t {
  none,
  destroyed,
  denied,
  connections_max,
  queued_messages_max,
  staged_messages_max,
  memory_max,
};

/// The name of the attribute, or what has become of it.
constexpr const char* to_string(refusal why) noexcept {
  switch (why) {
    case refusal::none:
      return "none";
    case refusal::destroyed:
      return "destroyed";
    case refusal::denied:
      return "denied";
    case refusal::connections_max:
      return "connections_max";
    case refusal::queued_messages_max:
      return "queued_messages_max";
    case refusal::staged_messages_max:
      return "staged_messages_max";
    case refusal::memory_max:
      return "memory_max";
  }
  return "unknown";
}

} // namespace troupe
