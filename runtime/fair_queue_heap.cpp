#include "troupe/runtime/fair_queue_heap.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace troupe {

void fair_queue::node::heap::insert(node& x) noexcept {
  if (free_slot_ == not_queued) {
    x.slot_ = static_cast<std::uint32_t>(places_.size());
    places_.push_back(0);
  } else
    x.slot_ = std::exchange(free_slot_, places_[free_slot_]);
  entries_.emplace_back();
  move_up(entries_.size() - 1, entry_of(x));
}

void fair_queue::node::heap::erase(node& x) noexcept {
  auto last = entries_.back();
  entries_.pop_back();
  if (last.child != &x)
    move_up(sink_gap(places_[x.slot_]), last);
  places_[x.slot_] = free_slot_;
  free_slot_ = std::exchange(x.slot_, not_queued);
}

void fair_queue::node::heap::served(node& x) noexcept {
  move_up(sink_gap(places_[x.slot_]), entry_of(x));
}

void fair_queue::node::heap::put(std::size_t i, const placed& x) noexcept {
  entries_[i] = x;
  places_[x.slot] = static_cast<std::uint32_t>(i);
}

/// Puts `x` into the gap at `i`, or above it.
void fair_queue::node::heap::move_up(std::size_t i, const placed& x) noexcept {
  while (i > 0) {
    auto above = (i - 1) / width;
    if (!x.is_before(entries_[above]))
      break;
    put(i, entries_[above]);
    i = above;
  }
  put(i, x);
}

/// Moves the gap at `i` to the bottom and answers where that is. Who fills it
/// then moves up from there: that is nearly always a short way, and fewer
/// comparisons than going down.
std::size_t fair_queue::node::heap::sink_gap(std::size_t i) noexcept {
  auto size = entries_.size();
  for (auto below = width * i + 1; below < size; below = width * i + 1) {
    auto end = std::min(below + width, size);
    auto least = below;
    while (++below < end)
      if (entries_[below].is_before(entries_[least]))
        least = below;
    put(i, entries_[least]);
    i = least;
  }
  return i;
}

} // namespace troupe
