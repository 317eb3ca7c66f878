#include "troupe/codec/frame_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace troupe {

namespace {

/// The first allocation for small pieces: most of them are the second half of
/// one small frame.
constexpr std::size_t tail_bytes_min = 64;

std::size_t find_in(std::span<const std::byte> run, std::byte value,
                    std::size_t from) noexcept {
  if (from >= run.size())
    return frame_buffer::npos;
  const auto* match = static_cast<const std::byte*>(
    std::memchr(run.data() + from, static_cast<int>(value), run.size() - from));
  return match == nullptr ? frame_buffer::npos
                          : static_cast<std::size_t>(match - run.data());
}

} // namespace

void frame_buffer::append(slice bytes) {
  auto count = bytes.size();
  if (count == 0)
    return;
  if (size_ == 0) {
    first_ = slice_divider{std::move(bytes)};
  } else if (count <= copy_bytes_max || count <= tail_.size()) {
    append_copy(bytes.bytes());
  } else {
    if (tail_.size() > 0)
      push_back(tail_.freeze());
    push_back(std::move(bytes));
  }
  size_ += count;
}

std::span<const std::byte> frame_buffer::peek_gathered(std::size_t count) {
  if (front().size() < count)
    gather(count);
  return front().first(count);
}

std::span<const std::byte> frame_buffer::front() const noexcept {
  return first_.empty() ? tail_.bytes() : first_.bytes();
}

std::size_t frame_buffer::find(std::byte value,
                               std::size_t from) const noexcept {
  std::size_t offset = 0;
  std::size_t result = npos;
  auto search = [&](std::span<const std::byte> run) {
    auto match = find_in(run, value, from > offset ? from - offset : 0);
    if (match != npos)
      result = offset + match;
    offset += run.size();
    return match != npos;
  };
  if (search(first_.bytes()))
    return result;
  for (auto i = rest_begin_; i < rest_.size(); ++i)
    if (search(rest_[i].bytes()))
      return result;
  search(tail_.bytes());
  return result;
}

slice frame_buffer::take_all_of_first(std::size_t count) {
  if (count > front().size()) {
    buffer gathered{count};
    move_front(count, gathered);
    return gathered.freeze();
  }
  if (first_.empty())
    first_ = slice_divider{tail_.freeze()};
  size_ -= count;
  if (count < first_.size())
    return first_.cut(count);
  auto result = first_.take_rest();
  next_chunk();
  return result;
}

void frame_buffer::drop_all_of_first(std::size_t count) {
  size_ -= count;
  if (size_ == 0) {
    *this = frame_buffer{};
    return;
  }
  while (count > 0) {
    if (first_.empty())
      first_ = slice_divider{tail_.freeze()};
    auto n = std::min(count, first_.size());
    first_.remove_prefix(n);
    count -= n;
    if (!first_.empty())
      return;
    next_chunk();
  }
}

void frame_buffer::next_chunk() {
  first_ = {};
  if (rest_begin_ == rest_.size())
    return;
  first_ = slice_divider{std::move(rest_[rest_begin_])};
  if (++rest_begin_ == rest_.size()) {
    rest_ = std::vector<slice>{};
    rest_begin_ = 0;
  }
}

void frame_buffer::compact() {
  first_.compact();
  for (auto i = rest_begin_; i < rest_.size(); ++i)
    rest_[i] = rest_[i].compact();
}

std::size_t frame_buffer::pinned_bytes() const noexcept {
  auto result = first_.pinned_bytes() + tail_.capacity();
  for (auto i = rest_begin_; i < rest_.size(); ++i)
    result += rest_[i].pinned_bytes();
  return result;
}

void frame_buffer::append_copy(std::span<const std::byte> bytes) {
  if (tail_.room().size() < bytes.size()) {
    auto needed = tail_.size() + bytes.size();
    buffer larger{std::max({tail_bytes_min, needed, 2 * tail_.capacity()})};
    larger.append(tail_.bytes());
    tail_ = std::move(larger);
  }
  tail_.append(bytes);
}

void frame_buffer::push_back(slice chunk) {
  if (first_.empty()) {
    first_ = slice_divider{std::move(chunk)};
    return;
  }
  if (rest_begin_ > rest_.size() / 2) {
    auto begin = rest_.begin();
    rest_.erase(begin,
                std::next(begin, static_cast<std::ptrdiff_t>(rest_begin_)));
    rest_begin_ = 0;
  }
  rest_.push_back(std::move(chunk));
}

void frame_buffer::push_front(slice chunk) {
  size_ += chunk.size();
  if (!first_.empty()) {
    if (rest_begin_ > 0)
      rest_[--rest_begin_] = first_.take_rest();
    else
      rest_.insert(rest_.begin(), first_.take_rest());
  }
  first_ = slice_divider{std::move(chunk)};
}

void frame_buffer::gather(std::size_t count) {
  // At least twice what was in one piece, so that a caller who peeks at more
  // and more of a frame does not copy its beginning each time.
  auto target_size = std::min(size_, std::max(count, 2 * front().size()));
  buffer gathered{target_size};
  move_front(target_size, gathered);
  if (size_ > 0) {
    push_front(gathered.freeze());
  } else {
    size_ = gathered.size();
    tail_ = std::move(gathered);
  }
}

void frame_buffer::move_front(std::size_t count, buffer& target) {
  while (count > 0) {
    auto run = front().first(std::min(count, front().size()));
    target.append(run);
    count -= run.size();
    drop(run.size());
  }
}

} // namespace troupe
