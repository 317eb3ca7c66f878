#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::test {

enum class fault_kind {
  /// SIGKILL, and a start after `duration`.
  kill,
  /// SIGSTOP, and SIGCONT after `duration`.
  pause,
  /// No byte from or to any other node.
  isolate,
  /// The other nodes hear it, and it does not hear them.
  deafen,
  /// It hears the other nodes, and they do not hear it.
  mute,
  /// Two nodes do not hear each other.
  cut,
  /// What two nodes send each other takes longer.
  delay,
  /// The connection of two nodes ends.
  reset,
  /// A bit changes on the way from one node to another.
  corrupt,
  /// SIGTERM and a start, one node after the other.
  roll,
};

inline constexpr fault_kind last_fault_kind = fault_kind::roll;

const char* to_string(fault_kind x) noexcept;

/// What happens at some time, and is healed `duration` later.
struct fault {
  fault_kind kind = fault_kind::kill;
  std::chrono::milliseconds at{0};
  std::chrono::milliseconds duration{0};
  /// Whom it meets, by index; `other` only where there are two.
  std::size_t node = 0;
  std::size_t other = 0;
  std::chrono::milliseconds delay{0};
};

std::string to_string(const fault& x);

struct fault_plan_options {
  std::uint64_t seed = 0;
  /// At least 3.
  std::size_t nodes = 3;
  std::chrono::milliseconds length{10'000};
  std::chrono::milliseconds pause_max{5000};
  /// Bytes are changed: only where nodes would notice it.
  bool has_corruption = false;
};

/// Faults by the time they happen, all healed after `length`; the first of a
/// node is a kill. At any time, and for some time after it was healed, those of
/// `kill`, `pause`, `isolate`, `deafen`, `mute` and `cut` meet fewer than half
/// of the nodes, and none while one of `roll` has its time.
std::vector<fault> make_fault_plan(const fault_plan_options& options);

/// Whether it takes its node away from others for a time.
bool takes_node(fault_kind x) noexcept;

} // namespace troupe::test
