#pragma once

#include <atomic>
#include <cstdint>

namespace troupe {

/// CPU time that accrues at a rate and is drawn from by all workers: a token
/// bucket. It holds at most what accrues in `window_ns`, so that is how much
/// may be used at once after a rest.
///
/// The state is one number, the time up to which all that accrued is taken
/// (the generic cell rate algorithm turned round), so a draw is one atomic
/// exchange and there is nothing to refill. Any thread.
class cpu_bucket {
public:
  static constexpr std::uint64_t window_ns = 100'000'000;

  /// Rates are in millionths of a CPU. A bucket of rate 0 stays empty.
  explicit cpu_bucket(std::uint64_t rate) noexcept : rate_(rate) {
    // nop
  }

  std::uint64_t rate() const noexcept {
    return rate_.load(std::memory_order_relaxed);
  }

  void rate(std::uint64_t value) noexcept {
    rate_.store(value, std::memory_order_relaxed);
  }

  /// Draws up to `wanted_ns` of CPU time and answers how much it got.
  std::uint64_t draw(std::uint64_t now_ns, std::uint64_t wanted_ns) noexcept;

  /// When `wanted_ns` will be there, or what the bucket holds if that is less,
  /// if nobody draws meanwhile; UINT64_MAX if never.
  std::uint64_t due_ns(std::uint64_t now_ns,
                       std::uint64_t wanted_ns) const noexcept;

private:
  static constexpr std::uint64_t whole = 1'000'000;

  std::uint64_t begin_ns(std::uint64_t taken_until_ns,
                         std::uint64_t now_ns) const noexcept;

  std::atomic<std::uint64_t> rate_;
  std::atomic<std::uint64_t> taken_until_ns_{0};
};

} // namespace troupe
