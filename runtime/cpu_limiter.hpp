#pragma once

#include <algorithm>
#include <cstdint>

#include "troupe/runtime/fair_queue.hpp"
#include "troupe/runtime/ledger.hpp"
#include "troupe/runtime/timer_wheel.hpp"

namespace troupe {

/// Keeps the resource containers of one worker to their `cpu_max`, sees that
/// they get their `cpu_min`, and keeps frozen ones from running.
///
/// What a limit allows accrues in a bucket that all workers draw from. A worker
/// draws a slice of it beforehand and what a turn took too much afterwards, so
/// a limit is exact over time, whoever uses it, and workers meet at the bucket
/// once a slice.
class cpu_limiter {
public:
  cpu_limiter(fair_queue& queue, timer_wheel& timers)
    : queue_(queue), timers_(timers) {
    // nop
  }

  /// To be called when `page` and all above it have been charged.
  void charged(ledger_page& page, std::uint64_t cost_ns, std::uint64_t now_ns) {
    cost_ns = std::min(cost_ns, fair_queue::cost_ns_max);
    for (auto* x = &page; x != nullptr; x = x->above())
      if (x->limited != nullptr)
        spend(*x, cost_ns, now_ns);
  }

  /// Whether there ever was a limit.
  bool is_used() const noexcept {
    return is_used_;
  }

  /// To be called when the limits of `page` have changed.
  void apply(ledger_page& page, std::uint64_t now_ns);

  /// Lets `page` run whatever its limits say, for good. Answers what may have
  /// been kept alive only by its limits.
  [[nodiscard]] resource_container_ptr lift(ledger_page& page);

private:
  friend class limited_page;

  void spend(ledger_page& page, std::uint64_t cost_ns, std::uint64_t now_ns);
  void look(ledger_page& page, std::uint64_t now_ns);

  fair_queue& queue_;
  timer_wheel& timers_;
  bool is_used_ = false;
};

/// What a limited resource container has in hand on one worker.
class limited_page final : public timer_wheel::timer {
public:
  limited_page(ledger_page& page, cpu_limiter& limiter)
    : page_(page), limiter_(limiter) {
    // nop
  }

  void expired(std::uint64_t now_ns) override;

private:
  friend class cpu_limiter;

  ledger_page& page_;
  cpu_limiter& limiter_;
  /// Set while the timer is armed.
  resource_container_ptr alive_;
  /// Drawn from the cap, and not used yet; negative if used beforehand.
  std::int64_t allowance_ns_ = 0;
  /// The same of the guarantee.
  std::int64_t claim_ns_ = 0;
};

} // namespace troupe
