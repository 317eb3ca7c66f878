#pragma once

#include <cstdint>

#include "troupe/runtime/clock.hpp"

namespace troupe {

/// The time one resource container may run before the queue picks again.
/// Whoever runs in it asks often and gives way when it is over.
class turn {
public:
  turn(clock& time, std::uint64_t begin_ns, std::uint64_t ns_max) noexcept
    : time_(time), end_ns_(begin_ns + ns_max), last_look_ns_(begin_ns) {
    // nop
  }

  /// Looks at the clock.
  bool is_over() noexcept {
    last_look_ns_ = time_.now_ns();
    return last_look_ns_ >= end_ns_;
  }

  /// Is over from now on.
  void give_way() noexcept {
    end_ns_ = 0;
  }

  /// When the last look was taken; at first, when the turn began.
  std::uint64_t last_look_ns() const noexcept {
    return last_look_ns_;
  }

private:
  clock& time_;
  std::uint64_t end_ns_;
  std::uint64_t last_look_ns_;
};

} // namespace troupe
