#pragma once

#include <cstdint>

#include "troupe/runtime/fair_queue_entry.hpp"
#include "troupe/runtime/fair_queue_heap.hpp"
#include "troupe/runtime/fair_queue_row.hpp"

namespace troupe {

/// Runnable siblings of one rank, the one with the least virtual time first: a
/// row as long as there are few, and from then on, until it is empty, a heap
/// beside it.
class fair_queue::node::siblings {
public:
  bool empty() const noexcept {
    return row_.empty() && heap_.empty();
  }

  /// Needs `!empty()`.
  node& first() const noexcept {
    return is_heap_first() ? *heap_.first().child : *row_.first().child;
  }

  /// Who is behind the first one; null if they are few.
  node* second() const noexcept {
    if (heap_.empty())
      return nullptr;
    auto* result = &heap_.first();
    const entry* other = nullptr;
    if (is_heap_first()) {
      result = heap_.second();
      other = row_.empty() ? nullptr : &row_.first();
    } else {
      other = row_.second();
    }
    if (result == nullptr || (other != nullptr && other->is_before(*result)))
      result = other;
    return result != nullptr ? result->child : nullptr;
  }

  /// Makes sure that the next `insert` cannot fail.
  void reserve_one() {
    if (is_for_heap())
      heap_.reserve_one();
    else
      row_.reserve_one();
  }

  void insert(node& x) noexcept {
    if (is_for_heap()) {
      heap_.insert(x);
    } else {
      row_.insert(entry{x});
      x.slot_ = in_row;
    }
  }

  void erase(node& x) noexcept {
    if (x.slot_ != in_row) {
      heap_.erase(x);
    } else {
      row_.erase(x);
      x.slot_ = not_queued;
    }
  }

  /// Restores the order after `x` has got a greater virtual time.
  void served(node& x) noexcept {
    if (x.slot_ != in_row)
      heap_.served(x);
    else
      row_.served(x);
  }

  void check_invariants() const {
    row_.check_invariants();
    heap_.check_invariants();
  }

private:
  static constexpr std::uint32_t in_row = not_queued - 1;

  bool is_heap_first() const noexcept {
    return !heap_.empty()
           && (row_.empty() || heap_.first().is_before(row_.first()));
  }

  bool is_for_heap() const noexcept {
    return !heap_.empty() || row_.full();
  }

  row row_;
  heap heap_;
};

} // namespace troupe
