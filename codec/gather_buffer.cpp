#include "troupe/codec/gather_buffer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
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
  if (!bytes.empty())
    std::memcpy(extend(bytes.size()).data(), bytes.data(), bytes.size());
}

std::vector<slice> gather_buffer::take(std::vector<slice> spare) {
  seal();
  size_ = 0;
  spare.clear();
  return std::exchange(sealed_, std::move(spare));
}

void gather_buffer::reserve(std::size_t count) {
  count = std::min(count, chunk_bytes_max);
  if (open_.room().size() < count)
    grow(count);
}

void gather_buffer::grow(std::size_t count) {
  auto capacity = std::max(chunk_bytes_min, growth * open_.capacity());
  if (open_.size() + count > chunk_bytes_max)
    seal();
  capacity = std::min(capacity, chunk_bytes_max);
  auto needed = open_.size() + count;
  if (needed < chunk_bytes_max)
    needed = std::bit_ceil(needed);
  buffer larger{std::max(capacity, needed)};
  larger.append(open_.bytes());
  open_ = std::move(larger);
}

void gather_buffer::seal() {
  if (open_.size() > 0)
    sealed_.push_back(open_.freeze());
}

} // namespace troupe
