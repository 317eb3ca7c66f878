#include "troupe/runtime/timer_wheel.hpp"

#include <algorithm>
#include <bit>

#include "troupe/runtime/check.hpp"

namespace troupe {

timer_wheel::timer::~timer() {
  if (wheel_ != nullptr)
    wheel_->cancel(*this);
}

timer_wheel::timer_wheel(std::uint64_t now_ns, std::uint64_t tick_ns)
  : tick_ns_(tick_ns) {
  TROUPE_CHECK(tick_ns > 0, "A tick takes time.");
  present_tick_ = last_tick_ = now_ns / tick_ns;
  for (auto& slot : slots_)
    slot = {&slot, &slot};
}

timer_wheel::~timer_wheel() {
  while (!empty()) {
    auto first = first_used();
    cancel(static_cast<timer&>(*slot_at(first.wheel, first.slot).next));
  }
}

void timer_wheel::set(timer& x, std::uint64_t due_ns) noexcept {
  if (x.wheel_ != nullptr)
    x.wheel_->cancel(x);
  auto due_tick = due_ns / tick_ns_ + (due_ns % tick_ns_ != 0 ? 1 : 0);
  if (due_tick <= present_tick_)
    due_tick = std::max(present_tick_, last_tick_) + 1;
  x.due_tick_ = due_tick;
  x.wheel_ = this;
  ++size_;
  insert(x);
}

void timer_wheel::cancel(timer& x) noexcept {
  if (x.wheel_ == nullptr)
    return;
  TROUPE_CHECK(x.wheel_ == this, "A timer is cancelled where it was set.");
  unlink(x);
  x.wheel_ = nullptr;
  --size_;
}

std::size_t timer_wheel::advance(std::uint64_t now_ns) {
  std::size_t fired = 0;
  last_tick_ = std::max(last_tick_, now_ns / tick_ns_);
  while (!empty()) {
    auto first = first_used();
    if (first.start_tick > last_tick_)
      break;
    present_tick_ = first.start_tick;
    auto& slot = slot_at(first.wheel, first.slot);
    while (slot.next != &slot) {
      auto& x = static_cast<timer&>(*slot.next);
      if (first.wheel > 0) {
        unlink(x);
        insert(x);
      } else {
        cancel(x);
        ++fired;
        x.expired(now_ns);
      }
    }
  }
  present_tick_ = std::max(present_tick_, last_tick_);
  return fired;
}

std::uint64_t timer_wheel::next_due_ns() const noexcept {
  if (empty())
    return UINT64_MAX;
  auto tick = first_used().start_tick;
  return tick <= UINT64_MAX / tick_ns_ ? tick * tick_ns_ : UINT64_MAX;
}

timer_wheel::slot_position timer_wheel::first_used() const noexcept {
  std::size_t wheel = 0;
  while (used_[wheel] == 0)
    ++wheel;
  auto slot = static_cast<std::size_t>(std::countr_zero(used_[wheel]));
  auto shift = digit_bits * wheel;
  auto digits = present_tick_ >> shift;
  digits = digits - digits % slots_per_wheel + slot;
  return {wheel, slot, digits << shift};
}

void timer_wheel::insert(timer& x) noexcept {
  auto different = x.due_tick_ ^ present_tick_;
  auto wheel = static_cast<std::size_t>(std::bit_width(different | 1) - 1)
               / digit_bits;
  auto slot = static_cast<std::size_t>(x.due_tick_ >> (digit_bits * wheel))
              % slots_per_wheel;
  auto& head = slot_at(wheel, slot);
  x.next = &head;
  x.previous = head.previous;
  head.previous->next = &x;
  head.previous = &x;
  used_[wheel] |= std::uint64_t{1} << slot;
}

void timer_wheel::unlink(timer& x) noexcept {
  x.previous->next = x.next;
  x.next->previous = x.previous;
  if (x.previous != x.next)
    return;
  // It was the only one, so both neighbours are the head of its slot.
  auto index = static_cast<std::size_t>(x.next - slots_.data());
  used_[index / slots_per_wheel] &= ~(std::uint64_t{1}
                                      << index % slots_per_wheel);
}

} // namespace troupe
