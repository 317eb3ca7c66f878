#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace troupe {

/// Base of what `ref_ptr` counts. Starts with no reference.
class ref_counted {
public:
  ref_counted() = default;
  ref_counted(const ref_counted&) = delete;
  ref_counted& operator=(const ref_counted&) = delete;

  void add_reference() const noexcept {
    references_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Answers false if the last one is gone, so that it is about to end.
  bool try_add_reference() const noexcept {
    auto count = references_.load(std::memory_order_relaxed);
    while (count > 0)
      if (references_.compare_exchange_weak(count, count + 1,
                                            std::memory_order_relaxed))
        return true;
    return false;
  }

  /// Whether this was the last one.
  bool drop_reference() const noexcept {
    return references_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }

  /// Whether there is more than one owner.
  bool is_shared() const noexcept {
    return references_.load(std::memory_order_acquire) > 1;
  }

protected:
  ~ref_counted() = default;

private:
  mutable std::atomic<std::uint32_t> references_{0};
};

/// Shared ownership with the count inside the object, so that a plain pointer
/// handed through an intrusive queue can become an owner again.
template <class T>
class ref_ptr {
public:
  ref_ptr() noexcept = default;

  ref_ptr(T* x) noexcept : ptr_(x) {
    if (ptr_ != nullptr)
      ptr_->add_reference();
  }

  ref_ptr(const ref_ptr& other) noexcept : ref_ptr(other.ptr_) {
    // nop
  }

  ref_ptr(ref_ptr&& other) noexcept : ptr_(std::exchange(other.ptr_, nullptr)) {
    // nop
  }

  ref_ptr& operator=(ref_ptr other) noexcept {
    std::swap(ptr_, other.ptr_);
    return *this;
  }

  ~ref_ptr() {
    if (ptr_ != nullptr && ptr_->drop_reference())
      delete ptr_;
  }

  T* get() const noexcept {
    return ptr_;
  }

  T* operator->() const noexcept {
    return ptr_;
  }

  T& operator*() const noexcept {
    return *ptr_;
  }

  explicit operator bool() const noexcept {
    return ptr_ != nullptr;
  }

  friend bool operator==(const ref_ptr&, const ref_ptr&) noexcept = default;

private:
  T* ptr_ = nullptr;
};

} // namespace troupe
