#pragma once

#include <cstdint>

#include "caf/detail/simple_actor_clock.hpp"

#include "troupe/runtime/clock.hpp"

namespace troupe {

/// One worker's delayed messages and request timeouts, in CAF's own schedule
/// but on the worker's clock and thread.
class actor_timers final : public caf::detail::simple_actor_clock {
public:
  explicit actor_timers(clock& time) : time_(time) {
    // nop
  }

  time_point now() const noexcept override {
    return time_point{std::chrono::duration_cast<duration_type>(
      std::chrono::nanoseconds{time_.now_ns()})};
  }

  /// When the first one is due, UINT64_MAX if there is none.
  std::uint64_t next_due_ns() const noexcept {
    if (schedule().empty())
      return UINT64_MAX;
    auto due = schedule().begin()->first.time_since_epoch();
    return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(due).count());
  }

private:
  clock& time_;
};

} // namespace troupe
