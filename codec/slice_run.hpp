#pragma once

#include <cstddef>
#include <span>

#include "troupe/codec/slice.hpp"

namespace troupe {

/// Slices that lie one behind the other in the same memory, as one: frames that
/// are passed on as they came. Borrows the memory of the slices.
class slice_run {
public:
  /// Whether `x` could be added with the `before` bytes right before it: they
  /// must be in its memory, and without a gap behind what is here.
  bool can_add(const slice& x, std::size_t before) const noexcept {
    if (size_ == 0)
      return !x.preceding(before).empty();
    return x.block_ == block_ && x.data_ == begin_ + size_ + before;
  }

  /// Needs `can_add(x, before)`.
  void add(const slice& x, std::size_t before) noexcept {
    if (size_ == 0) {
      block_ = x.block_;
      begin_ = x.data_ - before;
    }
    size_ += before + x.size_;
  }

  std::size_t size() const noexcept {
    return size_;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  std::span<const std::byte> bytes() const noexcept {
    return {begin_, size_};
  }

  /// A slice that shares the memory.
  slice share() const noexcept {
    add_references(block_, 1);
    return {block_, begin_, size_};
  }

private:
  memory_block* block_ = nullptr;
  const std::byte* begin_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace troupe
