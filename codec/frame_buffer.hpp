#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "troupe/codec/slice.hpp"
#include "troupe/codec/slice_divider.hpp"

namespace troupe {

/// The bytes of one stream that have been received but not yet decoded.
///
/// A frame that lies in one received buffer is taken out as a slice of it and
/// nothing is copied. A frame that spans buffers is gathered by one copy, into
/// memory that grows with what has arrived, never with what a length field
/// claims. What stays behind after decoding is `compact()`ed, so that half a
/// frame does not keep a whole read buffer alive. An empty one owns no memory.
///
/// Gathered memory grows like a vector, so a frame that arrives in many pieces
/// costs linear time, however often its beginning is looked at on the way.
class frame_buffer {
public:
  /// Received pieces up to this size are copied together if they come behind
  /// others: a list of small slices would cost more than the bytes in it.
  static constexpr std::size_t copy_bytes_max = 4096;

  void append(slice bytes);

  std::size_t size() const noexcept {
    return size_;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  /// The first `count` bytes in one piece, gathered if they span buffers.
  /// Needs `count <= size()`. Valid until the next call that is not const.
  std::span<const std::byte> peek(std::size_t count) {
    if (first_.size() >= count)
      return first_.bytes().first(count);
    return peek_gathered(count);
  }

  /// Has `cut` cut frames off what of the front lies in one received piece.
  template <class F>
  void cut_first_piece(F cut) {
    auto before = first_.size();
    {
      slice_divider::series piece{first_};
      cut(piece);
    }
    size_ -= before - first_.size();
    if (first_.empty())
      next_chunk();
  }

  /// The longest run at the front that is in one piece already.
  std::span<const std::byte> front() const noexcept;

  /// The offset of the first `value` at or behind `from`, or `npos`.
  std::size_t find(std::byte value, std::size_t from = 0) const noexcept;

  /// Takes the first `count` bytes out. Needs `count <= size()`.
  slice take(std::size_t count) {
    if (first_.size() <= count)
      return take_all_of_first(count);
    size_ -= count;
    return first_.cut(count);
  }

  /// Drops the first `count` bytes. Needs `count <= size()`.
  void drop(std::size_t count) {
    if (first_.size() <= count) {
      drop_all_of_first(count);
      return;
    }
    first_.remove_prefix(count);
    size_ -= count;
  }

  /// Moves what is left into memory of its own size where it keeps much more
  /// alive.
  void compact();

  /// Bytes of memory kept alive by what is in here.
  std::size_t pinned_bytes() const noexcept;

  static constexpr std::size_t npos = SIZE_MAX;

private:
  std::span<const std::byte> peek_gathered(std::size_t count);
  slice take_all_of_first(std::size_t count);
  void drop_all_of_first(std::size_t count);
  void next_chunk();
  void append_copy(std::span<const std::byte> bytes);
  void push_back(slice chunk);
  void push_front(slice chunk);
  void gather(std::size_t count);
  void move_front(std::size_t count, buffer& target);

  // Invariant: the bytes are `first_`, then `rest_` from `rest_begin_` on, then
  // `tail_`, `size_` in all. No chunk in use of `rest_` is empty, and if
  // `first_` is, there is only `tail_`.
  slice_divider first_;
  std::vector<slice> rest_;
  std::size_t rest_begin_ = 0;
  buffer tail_;
  std::size_t size_ = 0;
};

} // namespace troupe
