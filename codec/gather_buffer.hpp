#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "troupe/codec/slice.hpp"

namespace troupe {

/// Bytes on their way out, as the list of slices that one gathered write takes.
/// Short pieces are copied together; a long slice is passed on as it is.
class gather_buffer {
public:
  /// Slices of at least this size are passed on, shorter ones copied: below
  /// it, an extra entry of a gathered write costs more than the copy.
  static constexpr std::size_t pass_on_bytes_min = 1024;

  /// Short pieces are collected in memory that starts at the first size, since
  /// most batches are one short frame, and ends at the second, since growing
  /// beyond it would only copy.
  static constexpr std::size_t chunk_bytes_min = spare_block_bytes_min;
  static constexpr std::size_t chunk_bytes_max = 16 * 1024;

  void append(slice bytes);

  /// How many bytes `append` would copy.
  static std::size_t copied_bytes(const slice& x) noexcept {
    return x.size() < pass_on_bytes_min ? x.size() : 0;
  }

  void append(std::span<const std::byte> bytes);

  void append(std::string_view text) {
    append(std::as_bytes(std::span{text.data(), text.size()}));
  }

  /// Makes room for `count` bytes to be copied, so that they come to lie in one
  /// piece; up to `chunk_bytes_max`.
  void reserve(std::size_t count);

  /// `count` writable bytes at the end, in one piece, counted as written.
  std::span<std::byte> extend(std::size_t count) {
    if (open_.room().size() < count)
      grow(count);
    auto result = open_.room().first(count);
    open_.commit(count);
    size_ += count;
    return result;
  }

  std::size_t size() const noexcept {
    return size_;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  /// All that was appended, in order; the buffer is empty afterwards and goes
  /// on with the memory of `spare`.
  std::vector<slice> take(std::vector<slice> spare = {});

private:
  void grow(std::size_t count);
  void seal();

  std::vector<slice> sealed_;
  buffer open_;
  std::size_t size_ = 0;
};

} // namespace troupe
