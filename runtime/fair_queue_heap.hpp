#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "troupe/runtime/check.hpp"
#include "troupe/runtime/fair_queue_entry.hpp"

namespace troupe {

/// Many siblings: a heap in which each has up to four below it. Who is where in
/// it stands in a table beside it.
class fair_queue::node::heap {
public:
  bool empty() const noexcept {
    return entries_.empty();
  }

  /// Needs `!empty()`.
  const entry& first() const noexcept {
    return entries_.front();
  }

  /// Null if there is none.
  const entry* second() const noexcept {
    auto end = std::min(entries_.size(), width + 1);
    std::size_t least = 1;
    for (auto i = least + 1; i < end; ++i)
      if (entries_[i].is_before(entries_[least]))
        least = i;
    return least < end ? &entries_[least] : nullptr;
  }

  /// Makes sure that the next `insert` cannot fail.
  void reserve_one() {
    if (entries_.size() < entries_.capacity())
      return;
    auto capacity = std::max<std::size_t>(4, entries_.size() * 2);
    places_.reserve(capacity);
    entries_.reserve(capacity);
  }

  void insert(node& x) noexcept {
    if (free_slot_ == not_queued) {
      x.slot_ = static_cast<std::uint32_t>(places_.size());
      places_.push_back(0);
    } else
      x.slot_ = std::exchange(free_slot_, places_[free_slot_]);
    entries_.emplace_back();
    move_up(entries_.size() - 1, entry_of(x));
  }

  void erase(node& x) noexcept {
    auto last = entries_.back();
    entries_.pop_back();
    if (last.child != &x)
      move_up(sink_gap(places_[x.slot_]), last);
    places_[x.slot_] = free_slot_;
    free_slot_ = std::exchange(x.slot_, not_queued);
  }

  /// Restores the order after `x` has got a greater virtual time.
  void served(node& x) noexcept {
    move_up(sink_gap(places_[x.slot_]), entry_of(x));
  }

  void check_invariants() const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      auto& x = entries_[i];
      TROUPE_CHECK(places_[x.slot] == i && x.child->slot_ == x.slot,
                   "It is known where a queued node is.");
      TROUPE_CHECK(i == 0 || !x.is_before(entries_[(i - 1) / width]),
                   "No child in the heap is before the one above it.");
      x.check_invariants();
    }
  }

private:
  static constexpr std::size_t width = 4;

  struct placed : entry {
    std::uint32_t slot = 0;
  };

  static placed entry_of(node& x) noexcept {
    return {entry{x}, x.slot_};
  }

  void put(std::size_t i, const placed& x) noexcept {
    entries_[i] = x;
    places_[x.slot] = static_cast<std::uint32_t>(i);
  }

  /// Puts `x` into the gap at `i`, or above it.
  void move_up(std::size_t i, const placed& x) noexcept {
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
  std::size_t sink_gap(std::size_t i) noexcept {
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

  std::vector<placed> entries_;
  /// By slot: where its entry is, or which slot is free after this one.
  std::vector<std::uint32_t> places_;
  std::uint32_t free_slot_ = not_queued;
};

} // namespace troupe
