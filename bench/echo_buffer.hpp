#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "troupe/bench/frame_run.hpp"

namespace troupe::bench {

/// What a connection has received and not sent back yet, in the echo servers
/// that are written by hand: complete frames go out from where they lie.
class echo_buffer {
public:
  const char* data() const noexcept {
    return data_.get();
  }

  /// Where to receive, and how much; never nothing.
  char* space() noexcept {
    return data_.get() + size_;
  }

  std::size_t space_bytes() const noexcept {
    return capacity_ - size_;
  }

  /// So many bytes have come. Answers the frames that are complete, which are
  /// at the front.
  frame_run received(std::size_t count) noexcept {
    size_ += count;
    return find_frames(data_.get(), size_);
  }

  /// They have been sent back. Makes space for the next one.
  void sent(const frame_run& run) {
    size_ -= run.bytes;
    if (run.bytes > 0 && size_ > 0)
      std::memmove(data_.get(), data_.get() + run.bytes, size_);
    if (size_ == capacity_ && run.next_frame_bytes > capacity_)
      grow();
  }

private:
  // Doubles, rather than to trust the length a peer claims.
  void grow() {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_ * 2);
    std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ *= 2;
  }

  // Enough for 128 frames of the benches in one read. Pages that no read has
  // reached are not resident, so an idle connection does not pay for all of it.
  static constexpr std::size_t initial_bytes = 16 * 1024;

  std::size_t size_ = 0;
  std::size_t capacity_ = initial_bytes;
  std::unique_ptr<char[]> data_
    = std::make_unique_for_overwrite<char[]>(initial_bytes);
};

} // namespace troupe::bench
