#pragma once

#include <atomic>
#include <cstdint>

namespace troupe {

/// Something that accrues at a rate and is used by all workers: CPU time in ns,
/// bytes, messages. It holds at most what accrues in a window, so that is how
/// much may be used at once after a rest.
///
/// The state is one number, the time up to which all that accrued is taken
/// (the generic cell rate algorithm turned round), so a draw is one atomic
/// exchange and there is nothing to refill. Any thread.
class token_bucket {
public:
  static constexpr std::uint64_t window_ns_default = 100'000'000;

  /// Rates are a second; beyond 10^15 they are no limit worth the name. A
  /// bucket of rate 0 stays empty.
  explicit token_bucket(std::uint64_t rate,
                        std::uint64_t window_ns = window_ns_default) noexcept
    : window_ns_(window_ns), rate_(rate) {
    // nop
  }

  std::uint64_t rate() const noexcept {
    return rate_.load(std::memory_order_relaxed);
  }

  void rate(std::uint64_t value) noexcept {
    rate_.store(value, std::memory_order_relaxed);
  }

  /// Takes up to `wanted` and answers how much it got.
  std::uint64_t draw(std::uint64_t now_ns, std::uint64_t wanted) noexcept;

  /// Takes `amount`, which may not be there yet: what is used first and
  /// counted afterwards. Does nothing at rate 0.
  void spend(std::uint64_t now_ns, std::uint64_t amount) noexcept;

  /// What is there now.
  std::uint64_t held(std::uint64_t now_ns) const noexcept;

  /// When `wanted` will be there, or what the bucket holds if that is less, if
  /// nobody draws meanwhile; UINT64_MAX if never.
  std::uint64_t due_ns(std::uint64_t now_ns,
                       std::uint64_t wanted) const noexcept;

private:
  std::uint64_t begin_ns(std::uint64_t taken_until_ns,
                         std::uint64_t now_ns) const noexcept;

  const std::uint64_t window_ns_;
  std::atomic<std::uint64_t> rate_;
  std::atomic<std::uint64_t> taken_until_ns_{0};
};

} // namespace troupe
