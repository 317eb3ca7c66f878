#include "troupe/codec/gather_buffer.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

/// From 256 bytes over 2 KiB to 16 KiB: a batch of sixteen short frames is
/// copied at most once.
constexpr std::size_t growth = 8;

} // namespace

void gather_buffer::append(slice bytes) {
  if (bytes.size() < pass_on_bytes_min) {
    append(bytes.bytes());
    return;
  }
  seal();
  size_ += bytes.size();
  sealed_.push_back(std::move(bytes));
}

void gather_buffer::append(std::span<const std::byte> bytes) {
  if (bytes.empty())
    return;
  grow(bytes.size());
  open_.append(bytes);
  size_ += bytes.size();
}

std::span<std::byte> gather_buffer::extend(std::size_t count) {
  grow(count);
  auto result = open_.room().first(count);
  open_.commit(count);
  size_ += count;
  return result;
}

std::vector<slice> gather_buffer::take(std::vector<slice> spare) {
  seal();
  size_ = 0;
  spare.clear();
  return std::exchange(sealed_, std::move(spare));
}

void gather_buffer::reserve(std::size_t count) {
  grow(std::min(count, chunk_bytes_max));
}

void gather_buffer::grow(std::size_t count) {
  if (open_.room().size() >= count)
    return;
  auto capacity = std::max(chunk_bytes_min, growth * open_.capacity());
  if (open_.size() + count > chunk_bytes_max)
    seal();
  capacity = std::min(capacity, chunk_bytes_max);
  buffer larger{std::max(capacity, open_.size() + count)};
  larger.append(open_.bytes());
  open_ = std::move(larger);
}

void gather_buffer::seal() {
  if (open_.size() > 0)
    sealed_.push_back(open_.freeze());
}

} // namespace troupe
