#include "troupe/runtime/cpu_bucket.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

} // namespace

std::uint64_t cpu_bucket::draw(std::uint64_t now_ns,
                               std::uint64_t wanted_ns) noexcept {
  auto rate = this->rate();
  if (rate == 0)
    return 0;
  auto before = taken_until_ns_.load(relaxed);
  for (;;) {
    auto from = begin_ns(before, now_ns);
    auto there = from < now_ns ? (now_ns - from) * rate / whole : 0;
    auto got = std::min(there, wanted_ns);
    if (got == 0)
      return 0;
    // Rounded up, so that many small draws do not add up to more.
    auto after = from + (got * whole + rate - 1) / rate;
    if (taken_until_ns_.compare_exchange_weak(before, after, relaxed))
      return got;
  }
}

std::uint64_t cpu_bucket::due_ns(std::uint64_t now_ns,
                                 std::uint64_t wanted_ns) const noexcept {
  auto rate = this->rate();
  if (rate == 0)
    return UINT64_MAX;
  auto held = std::min(wanted_ns, window_ns * rate / whole);
  return begin_ns(taken_until_ns_.load(relaxed), now_ns)
         + (held * whole + rate - 1) / rate;
}

/// From when on what accrued is still there.
std::uint64_t cpu_bucket::begin_ns(std::uint64_t taken_until_ns,
                                   std::uint64_t now_ns) const noexcept {
  return std::max(taken_until_ns, now_ns > window_ns ? now_ns - window_ns : 0);
}

} // namespace troupe
