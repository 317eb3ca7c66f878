#pragma once

#include "troupe/runtime/clock.hpp"

namespace troupe {

/// Reads the processor's time-stamp counter where it is invariant, calibrated
/// against the monotonic clock; otherwise the monotonic clock itself.
class tsc_clock final : public clock {
public:
  tsc_clock();

  std::uint64_t now_ns() noexcept override;

  std::uint64_t thread_cpu_ns() noexcept override;

  std::uint64_t thread_waits() noexcept override;

private:
  struct calibration;
  const calibration& calibration_;
};

} // namespace troupe
