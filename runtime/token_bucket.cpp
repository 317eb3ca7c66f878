#include "troupe/runtime/token_bucket.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

__extension__ using wide = unsigned __int128;

constexpr std::uint64_t second_ns = 1'000'000'000;

std::uint64_t accrued(std::uint64_t ns, std::uint64_t rate) noexcept {
  return static_cast<std::uint64_t>(wide{ns} * rate / second_ns);
}

/// Rounded up, so that many small draws do not add up to more.
std::uint64_t time_for(std::uint64_t amount, std::uint64_t rate) noexcept {
  return static_cast<std::uint64_t>((wide{amount} * second_ns + rate - 1)
                                    / rate);
}

} // namespace

std::uint64_t token_bucket::draw(std::uint64_t now_ns,
                                 std::uint64_t wanted) noexcept {
  auto rate = this->rate();
  if (rate == 0)
    return 0;
  auto before = taken_until_ns_.load(relaxed);
  for (;;) {
    auto from = begin_ns(before, now_ns);
    auto there = from < now_ns ? accrued(now_ns - from, rate) : 0;
    auto got = std::min(there, wanted);
    if (got == 0)
      return 0;
    auto after = from + time_for(got, rate);
    if (taken_until_ns_.compare_exchange_weak(before, after, relaxed))
      return got;
  }
}

void token_bucket::spend(std::uint64_t now_ns, std::uint64_t amount) noexcept {
  auto rate = this->rate();
  if (rate == 0)
    return;
  auto before = taken_until_ns_.load(relaxed);
  while (!taken_until_ns_.compare_exchange_weak(
    before, begin_ns(before, now_ns) + time_for(amount, rate), relaxed))
    ; // nop
}

std::uint64_t token_bucket::held(std::uint64_t now_ns) const noexcept {
  auto from = begin_ns(taken_until_ns_.load(relaxed), now_ns);
  return from < now_ns ? accrued(now_ns - from, rate()) : 0;
}

std::uint64_t token_bucket::due_ns(std::uint64_t now_ns,
                                   std::uint64_t wanted) const noexcept {
  auto rate = this->rate();
  if (rate == 0)
    return UINT64_MAX;
  auto amount = std::min(wanted, accrued(window_ns_, rate));
  return begin_ns(taken_until_ns_.load(relaxed), now_ns)
         + time_for(amount, rate);
}

/// From when on what accrued is still there.
std::uint64_t token_bucket::begin_ns(std::uint64_t taken_until_ns,
                                     std::uint64_t now_ns) const noexcept {
  return std::max(taken_until_ns,
                  now_ns > window_ns_ ? now_ns - window_ns_ : 0);
}

} // namespace troupe
