#include "troupe/runtime/cpu_limiter.hpp"

#include <algorithm>

#include "troupe/runtime/limits.hpp"

namespace troupe {

namespace {

constexpr auto slice_ns = static_cast<std::int64_t>(limits::cpu_slice_ns);

/// Fills `in_hand_ns` up to a slice and answers when more will be there, or
/// UINT64_MAX if it is above nothing.
std::uint64_t refill(token_bucket& from, std::int64_t& in_hand_ns,
                     std::uint64_t now_ns) {
  if (in_hand_ns > 0)
    return UINT64_MAX;
  auto missing_ns = static_cast<std::uint64_t>(slice_ns - in_hand_ns);
  in_hand_ns += static_cast<std::int64_t>(from.draw(now_ns, missing_ns));
  if (in_hand_ns > 0)
    return UINT64_MAX;
  return from.due_ns(now_ns, static_cast<std::uint64_t>(slice_ns - in_hand_ns));
}

} // namespace

void limited_page::expired(std::uint64_t now_ns) {
  // Nobody else may be left to keep it.
  auto alive = std::move(alive_);
  limiter_.look(page_, now_ns);
}

void cpu_limiter::apply(ledger_page& page, std::uint64_t now_ns) {
  is_used_ = true;
  if (page.limited == nullptr)
    page.limited = std::make_unique<limited_page>(page, *this);
  look(page, now_ns);
}

resource_container_ptr cpu_limiter::lift(ledger_page& page) {
  auto result = std::move(page.limited->alive_);
  page.limited = nullptr;
  queue_.guarantee(page, false);
  queue_.release(page);
  return result;
}

void cpu_limiter::spend(ledger_page& page, std::uint64_t cost_ns,
                        std::uint64_t now_ns) {
  auto& mine = *page.limited;
  auto cost = static_cast<std::int64_t>(cost_ns);
  mine.allowance_ns_ -= cost;
  // What it gets by its shares is no part of the guarantee.
  if (page.is_guaranteed())
    mine.claim_ns_ -= cost;
  if (mine.allowance_ns_ <= 0 || mine.claim_ns_ <= 0)
    look(page, now_ns);
}

void cpu_limiter::look(ledger_page& page, std::uint64_t now_ns) {
  auto& owner = page.owner;
  auto& mine = *page.limited;
  auto is_over = false;
  auto is_guaranteed = false;
  std::uint64_t due_ns = UINT64_MAX;
  if (auto* cap = owner.cpu_cap()) {
    due_ns = refill(*cap, mine.allowance_ns_, now_ns);
    is_over = mine.allowance_ns_ <= 0;
  } else
    mine.allowance_ns_ = INT64_MAX / 2;
  if (auto* guarantee = owner.cpu_guarantee()) {
    due_ns = std::min(due_ns, refill(*guarantee, mine.claim_ns_, now_ns));
    is_guaranteed = mine.claim_ns_ > 0;
  } else
    mine.claim_ns_ = INT64_MAX / 2;
  queue_.guarantee(page, is_guaranteed);
  if (is_over || owner.is_frozen()) {
    if (is_over && !page.is_held())
      owner.count_throttle(throttle::cpu_max, owner.id());
    queue_.hold(page);
  } else
    queue_.release(page);
  if (due_ns == UINT64_MAX)
    return;
  mine.alive_ = resource_container_ptr{&owner};
  timers_.set(mine, due_ns);
}

} // namespace troupe
