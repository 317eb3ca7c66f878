#pragma once

#include <cstdint>

namespace troupe {

inline constexpr std::uint64_t ns_per_ms = 1'000'000;

/// The seam to time. One clock serves one worker.
class clock {
public:
  virtual ~clock() = default;

  /// Nanoseconds on a steady scale that is the same for all workers. Read
  /// several times a message, so it must cost tens of nanoseconds.
  virtual std::uint64_t now_ns() noexcept = 0;

  /// CPU time of the calling thread. May cost a microsecond.
  virtual std::uint64_t thread_cpu_ns() noexcept = 0;

  /// How often the calling thread has waited for something: was not running
  /// because it had asked for that. May cost a microsecond.
  virtual std::uint64_t thread_waits() noexcept = 0;
};

} // namespace troupe
