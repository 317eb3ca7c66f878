#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

  void insert(node& x) noexcept;
  void erase(node& x) noexcept;

  /// Restores the order after `x` has got a greater virtual time.
  void served(node& x) noexcept;

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

  void put(std::size_t i, const placed& x) noexcept;
  void move_up(std::size_t i, const placed& x) noexcept;
  std::size_t sink_gap(std::size_t i) noexcept;

  std::vector<placed> entries_;
  /// By slot: where its entry is, or which slot is free after this one.
  std::vector<std::uint32_t> places_;
  std::uint32_t free_slot_ = not_queued;
};

} // namespace troupe
