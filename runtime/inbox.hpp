#pragma once

#include <atomic>

namespace troupe {

class worker;

/// Something that another thread hands to a worker.
class inbox_item {
public:
  virtual ~inbox_item() = default;

  /// Runs once, on the worker's thread. The item may delete itself.
  virtual void arrive(worker& here) = 0;

  /// Called instead if the worker will not run any more.
  virtual void discard() noexcept = 0;

private:
  friend class inbox;

  inbox_item* next_ = nullptr;
};

/// Items on their way to one worker: many threads push without a lock, the one
/// worker takes all at once (Treiber's stack, turned round when taken).
class inbox {
public:
  inbox() = default;
  inbox(const inbox&) = delete;
  inbox& operator=(const inbox&) = delete;

  /// What is dropped may push more, such as the news that its actor has ended.
  ~inbox() {
    while (auto* x = take_all())
      while (x != nullptr) {
        auto* next = x->next_;
        x->discard();
        x = next;
      }
  }

  bool empty() const noexcept {
    return top_.load() == nullptr;
  }

  void push(inbox_item& x) noexcept {
    x.next_ = top_.load(std::memory_order_relaxed);
    while (!top_.compare_exchange_weak(x.next_, &x))
      ; // nop
  }

  /// Lets all items arrive, in the order in which they were pushed.
  void deliver(worker& here) {
    if (top_.load(std::memory_order_relaxed) == nullptr)
      return;
    for (auto* x = take_all(); x != nullptr;) {
      auto* next = x->next_;
      x->arrive(here);
      x = next;
    }
  }

private:
  inbox_item* take_all() noexcept {
    auto* x = top_.exchange(nullptr);
    inbox_item* result = nullptr;
    while (x != nullptr) {
      auto* next = x->next_;
      x->next_ = result;
      result = x;
      x = next;
    }
    return result;
  }

  std::atomic<inbox_item*> top_{nullptr};
};

} // namespace troupe
