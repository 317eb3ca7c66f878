#pragma once

#include <cstddef>
#include <span>

#include "troupe/codec/slice.hpp"

namespace troupe {

/// Slices that lie one behind the other in the same memory, as one: frames that
/// are passed on as they came. Borrows the memory of the slices.
class slice_run {
public:
  /// Takes in `x` and the `before` bytes right before it, which must be in its
  /// memory. Answers false, and takes nothing, if a gap would be in between.
  bool add(const slice& x, std::size_t before) noexcept {
    auto* begin = x.data_ - before;
    if (size_ == 0) {
      block_ = x.block_;
      begin_ = begin;
    } else if (x.block_ != block_ || begin != begin_ + size_)
      return false;
    size_ += before + x.size_;
    return true;
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
