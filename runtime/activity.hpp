#pragma once

#include <utility>

#include "troupe/runtime/check.hpp"

namespace troupe {

/// The unit that is scheduled: one actor, or one pending read or flush, on
/// behalf of one resource container. Intrusive: in at most one list at a time.
struct activity {
  /// Not null exactly while it is in a list.
  activity* next = nullptr;
};

/// Activities, first in first out. It owns none of them and never allocates.
/// A ring: the last one's `next` is the first one.
class activity_list {
public:
  activity_list() noexcept = default;

  activity_list(activity_list&& other) noexcept
    : last_(std::exchange(other.last_, nullptr)) {
    // nop
  }

  activity_list& operator=(activity_list&& other) noexcept {
    std::swap(last_, other.last_);
    return *this;
  }

  bool empty() const noexcept {
    return last_ == nullptr;
  }

  void push_back(activity& what) noexcept {
    push_front(what);
    last_ = &what;
  }

  void push_front(activity& what) noexcept {
    TROUPE_CHECK(what.next == nullptr, "An activity is in one list at a time.");
    if (last_ == nullptr)
      last_ = what.next = &what;
    else
      what.next = std::exchange(last_->next, &what);
  }

  /// Answers whether `what` was in it. O(n).
  bool erase(activity& what) noexcept {
    if (last_ == nullptr)
      return false;
    auto* before = last_;
    while (before->next != &what)
      if ((before = before->next) == last_)
        return false;
    if (before == &what)
      last_ = nullptr;
    else if (last_ == &what)
      last_ = before;
    before->next = what.next;
    what.next = nullptr;
    return true;
  }

  /// Null if there is none.
  const activity* last() const noexcept {
    return last_;
  }

  /// Null if there is none.
  activity* pop_front() noexcept {
    if (last_ == nullptr)
      return nullptr;
    auto* first = last_->next;
    if (first == last_)
      last_ = nullptr;
    else
      last_->next = first->next;
    first->next = nullptr;
    return first;
  }

private:
  activity* last_ = nullptr;
};

} // namespace troupe
