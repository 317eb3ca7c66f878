#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// What a rule watches, always of one payer: the resource container that pays
/// for a connection.
enum class rule_subject : std::uint8_t {
  /// Microseconds of CPU time for each frame, on average over the frames of
  /// 0.1 s, or, if none has come, of what is being worked on.
  cpu_us_per_frame,
  /// Bytes held.
  memory,
  /// Frames within a second of the clock.
  frames_per_second,
  /// Milliseconds since a frame was begun that is not complete.
  frame_ms,
  /// Milliseconds in which a peer has taken none of the output it has.
  stall_ms,
};

/// What happens to a payer that breaks a rule.
enum class rule_answer : std::uint8_t {
  /// Nothing is read for it for a while.
  suspend,
  /// New connections and messages to shared actors are refused for a while.
  deny,
  destroy,
};

/// A detector and its answer. Holds for all that is at or below the resource
/// container it was given to.
struct rule {
  rule_subject subject;
  /// In the subject's unit; more breaks the rule.
  std::uint64_t max;
  rule_answer answer;
  /// How long a suspension or a denial lasts; then it is looked at again.
  std::uint64_t pause_ms = 1'000;
};

constexpr const char* to_string(rule_subject x) noexcept {
  switch (x) {
    case rule_subject::cpu_us_per_frame:
      return "cpu_us_per_frame";
    case rule_subject::memory:
      return "memory";
    case rule_subject::frames_per_second:
      return "frames_per_second";
    case rule_subject::frame_ms:
      return "frame_ms";
    case rule_subject::stall_ms:
      return "stall_ms";
  }
  return "unknown";
}

constexpr const char* to_string(rule_answer x) noexcept {
  switch (x) {
    case rule_answer::suspend:
      return "suspend";
    case rule_answer::deny:
      return "deny";
    case rule_answer::destroy:
      return "destroy";
  }
  return "unknown";
}

} // namespace troupe
