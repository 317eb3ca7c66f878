#include "troupe/codec/slice.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

namespace troupe {

namespace {

thread_local block_pool* installed_pool = nullptr;

void free_block(memory_block* block) noexcept {
  block->~memory_block();
  ::operator delete(block);
}

} // namespace

memory_block* allocate_block(std::size_t capacity) {
  if (capacity > std::numeric_limits<std::uint32_t>::max())
    throw std::length_error("a memory block has at most 4 GiB - 1");
  auto* memory = ::operator new(sizeof(memory_block) + capacity);
  return new (memory)
    memory_block{{1}, static_cast<std::uint32_t>(capacity), nullptr};
}

void dispose_block(memory_block* block) noexcept {
  auto* pool = installed_pool;
  // The capacity tells apart a pool that died and one made at its address.
  if (pool != nullptr && block->pool == pool
      && block->capacity == pool->block_bytes_
      && pool->unused_.size() < pool->blocks_max_)
    pool->unused_.push_back(block);
  else
    free_block(block);
}

slice slice::copy_of(std::span<const std::byte> bytes) {
  if (bytes.empty())
    return {};
  buffer copy{bytes.size()};
  copy.append(bytes);
  return copy.freeze();
}

slice slice::compact() const {
  return pinned_bytes() > 2 * size_ ? copy_of(bytes()) : *this;
}

block_pool::block_pool(std::size_t block_bytes, std::size_t blocks_max)
  : block_bytes_(block_bytes), blocks_max_(blocks_max) {
  // Giving a block back must not allocate.
  unused_.reserve(blocks_max);
}

block_pool::~block_pool() {
  if (installed_pool == this)
    installed_pool = nullptr;
  for (auto* block : unused_)
    free_block(block);
}

buffer block_pool::take() {
  if (unused_.empty()) {
    auto* block = allocate_block(block_bytes_);
    block->pool = this;
    return buffer{block};
  }
  auto* block = unused_.back();
  unused_.pop_back();
  block->references.store(1, std::memory_order_relaxed);
  return buffer{block};
}

void block_pool::install() noexcept {
  installed_pool = this;
}

} // namespace troupe
