#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "troupe/runtime/check.hpp"
#include "troupe/runtime/fair_queue_entry.hpp"

namespace troupe {

/// A few siblings in order. The first one leaves at next to no cost, and who
/// comes is put in its place by moving those behind: for so few, both together
/// take less than in a heap.
class fair_queue::node::row {
public:
  bool empty() const noexcept {
    return first_ == end_;
  }

  bool full() const noexcept {
    return end_ - first_ == entries_max;
  }

  /// Needs `!empty()`.
  const entry& first() const noexcept {
    return *first_;
  }

  /// Null if there is none.
  const entry* second() const noexcept {
    return end_ - first_ > 1 ? &first_[1] : nullptr;
  }

  /// Makes sure that the next `insert` cannot fail.
  void reserve_one() {
    if (end_ == limit_)
      make_room();
  }

  /// Needs `!full()`.
  void insert(const entry& x) noexcept {
    auto* place = first_;
    // Without branches, which nobody could predict.
    for (auto left = static_cast<std::size_t>(end_ - first_); left > 0;) {
      auto half = (left + 1) / 2;
      auto* middle = place + half;
      place = x.virtual_time < middle[-1].virtual_time ? place : middle;
      left -= half;
    }
    while (place > first_ && x.is_before(place[-1]))
      --place;
    std::copy_backward(place, end_, end_ + 1);
    ++end_;
    *place = x;
  }

  void erase(const node& x) noexcept {
    auto* place = place_of(x);
    if (place == first_)
      ++first_;
    else
      end_ = std::copy(place + 1, end_, place);
    if (empty())
      first_ = end_ = entries_.get();
  }

  /// Restores the order after `x` has got a greater virtual time.
  void served(node& x) noexcept {
    auto* place = place_of(x);
    entry now{x};
    for (; place + 1 < end_ && place[1].is_before(now); ++place)
      place[0] = place[1];
    *place = now;
  }

  void check_invariants() const {
    for (auto* i = first_; i != end_; ++i) {
      TROUPE_CHECK(i == first_ || !i->is_before(i[-1]),
                   "Who is first in the row is before who comes next.");
      i->check_invariants();
    }
  }

private:
  /// More would make their moving dearer than a heap.
  static constexpr std::ptrdiff_t entries_max = 64;

  entry* place_of(const node& x) const noexcept {
    auto* place = first_;
    while (place->child != &x)
      ++place;
    return place;
  }

  void make_room() {
    auto size = end_ - first_;
    if (first_ - entries_.get() >= size && size > 0) {
      end_ = std::copy(first_, end_, entries_.get());
      first_ = entries_.get();
      return;
    }
    auto capacity = std::max<std::ptrdiff_t>(4, 2 * size);
    auto larger = std::make_unique<entry[]>(static_cast<std::size_t>(capacity));
    end_ = std::copy(first_, end_, larger.get());
    entries_ = std::move(larger);
    first_ = entries_.get();
    limit_ = first_ + capacity;
  }

  std::unique_ptr<entry[]> entries_;
  entry* first_ = nullptr;
  entry* end_ = nullptr;
  entry* limit_ = nullptr;
};

} // namespace troupe
