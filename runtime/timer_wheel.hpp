#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace troupe {

/// Fires timers when their time has come: a hierarchical timing wheel (Varghese
/// & Lauck, SOSP 1987).
///
/// Time is cut into ticks. The wheels form a number with a digit of six bits
/// each: wheel 0 has a slot for each of the 64 ticks around the present, wheel
/// 1 one for each 64 ticks, and so on, up to the end of 64-bit time. A timer
/// hangs in the wheel of the highest digit in which its tick differs from the
/// present one; when the present reaches its slot it moves to a lower wheel, at
/// most ten times in its life. A bit a slot tells which ones are in use, so
/// that advancing skips what is empty, however long the sleep was.
///
/// Setting and cancelling are O(1); nothing is ever allocated. There is no
/// clock: time comes in as an argument. One thread owns the wheel and all its
/// timers.
class timer_wheel {
  struct link {
    link* previous;
    link* next;
  };

public:
  /// Owned by whoever waits for it. May be destroyed or set again while armed.
  class timer : private link {
  public:
    timer() noexcept : link{nullptr, nullptr} {
      // nop
    }

    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;

    virtual ~timer();

    /// Whether it is waiting to expire.
    bool armed() const noexcept {
      return wheel_ != nullptr;
    }

  protected:
    /// Called by `advance(now_ns)`. The timer is not armed any more: it may be
    /// set again, or destroyed, here.
    virtual void expired(std::uint64_t now_ns) = 0;

  private:
    friend class timer_wheel;

    std::uint64_t due_tick_ = 0;
    timer_wheel* wheel_ = nullptr;
  };

  explicit timer_wheel(std::uint64_t now_ns, std::uint64_t tick_ns = 1'000'000);

  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  /// Disarms all timers.
  ~timer_wheel();

  /// Arms `x`, or moves it if it is armed already. It fires in the first tick
  /// that starts at `due_ns` or later, never early; if that tick has been
  /// served already, in the one after the present.
  void set(timer& x, std::uint64_t due_ns) noexcept;

  /// Disarms `x` if it is armed.
  void cancel(timer& x) noexcept;

  /// Fires all timers due at `now_ns`, tick by tick and within a tick in the
  /// order in which they were set; answers how many. They may set, cancel and
  /// destroy any timer. Time that goes backwards stands still.
  std::size_t advance(std::uint64_t now_ns);

  /// How long one may sleep: a time in the future at or before the tick in
  /// which the next timer fires; UINT64_MAX if there is none. It is that tick
  /// if it is less than 64 away, else perhaps the time when a slot moves down.
  std::uint64_t next_due_ns() const noexcept;

  /// Number of armed timers.
  std::size_t size() const noexcept {
    return size_;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

private:
  static constexpr std::size_t digit_bits = 6;
  static constexpr std::size_t slots_per_wheel = 1 << digit_bits;
  static constexpr std::size_t wheels = (64 + digit_bits - 1) / digit_bits;

  struct slot_position {
    std::size_t wheel;
    std::size_t slot;
    std::uint64_t start_tick;
  };

  link& slot_at(std::size_t wheel, std::size_t slot) noexcept {
    return slots_[wheel * slots_per_wheel + slot];
  }

  slot_position first_used() const noexcept;
  void insert(timer& x) noexcept;
  void unlink(timer& x) noexcept;

  const std::uint64_t tick_ns_;
  /// All ticks before this one are served, and so are the timers of this one
  /// unless they are being fired. A timer in wheel w has the digits of this
  /// above w and a greater digit w.
  std::uint64_t present_tick_;
  /// The tick in which the running or else the last `advance()` ends.
  std::uint64_t last_tick_;
  std::size_t size_ = 0;
  /// A bit for each slot that is not empty.
  std::array<std::uint64_t, wheels> used_{};
  /// Heads of rings.
  std::array<link, wheels * slots_per_wheel> slots_;
};

} // namespace troupe
