#pragma once

#include <cstdint>

#include "troupe/runtime/clock.hpp"

namespace troupe {

/// The time one resource container may run before the queue picks again.
/// Whoever runs in it asks often and gives way when it is over.
class turn {
public:
  turn(clock& time, std::uint64_t end_ns) noexcept
    : time_(time), end_ns_(end_ns) {
    // nop
  }

  bool is_over() noexcept {
    return time_.now_ns() >= end_ns_;
  }

private:
  clock& time_;
  std::uint64_t end_ns_;
};

} // namespace troupe
