#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "troupe/runtime/runnable.hpp"

namespace troupe {

class movable_list;

/// An activity that any worker may run: it is tied to no socket and to no actor
/// of another's.
class movable_activity : public runnable {
public:
  using runnable::runnable;

  /// From there another worker may take it while it waits.
  void arrive(worker& here) override;

  /// Since when it waits where it is.
  std::uint64_t since_ns() const noexcept {
    return since_ns_;
  }

private:
  friend class movable_list;

  std::uint64_t since_ns_ = 0;
  movable_activity* before_ = nullptr;
  movable_activity* behind_ = nullptr;
  bool is_listed_ = false;
};

/// The movable activities that wait in one worker's queue, the one that has
/// waited longest first. It owns none of them.
class movable_list {
public:
  /// Any thread.
  std::size_t size() const noexcept {
    return size_.load(std::memory_order_relaxed);
  }

  /// Null if there is none.
  movable_activity* first() const noexcept {
    return first_;
  }

  movable_activity* behind(const movable_activity& x) const noexcept {
    return x.behind_;
  }

  void push_back(movable_activity& x, std::uint64_t now_ns) noexcept {
    x.since_ns_ = now_ns;
    x.before_ = last_;
    x.behind_ = nullptr;
    x.is_listed_ = true;
    (last_ != nullptr ? last_->behind_ : first_) = &x;
    last_ = &x;
    size_.store(size() + 1, std::memory_order_relaxed);
  }

  /// Does nothing if it is in no list.
  void erase(movable_activity& x) noexcept {
    if (!std::exchange(x.is_listed_, false))
      return;
    (x.before_ != nullptr ? x.before_->behind_ : first_) = x.behind_;
    (x.behind_ != nullptr ? x.behind_->before_ : last_) = x.before_;
    size_.store(size() - 1, std::memory_order_relaxed);
  }

private:
  movable_activity* first_ = nullptr;
  movable_activity* last_ = nullptr;
  std::atomic<std::size_t> size_{0};
};

} // namespace troupe
