#include "troupe/codec/slice.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

#include "troupe/codec/spare_list.hpp"

namespace troupe {

namespace {

thread_local block_pool* installed_pool = nullptr;

template <std::size_t Capacity>
struct block_memory {
  alignas(memory_block) std::byte bytes[sizeof(memory_block) + Capacity];
};

/// Calls `f` with the type of the memory to be used again, if it is of such a
/// capacity.
template <std::size_t Capacity = spare_block_bytes_min, class F>
bool with_spare_type(std::size_t capacity, F f) {
  if (capacity == Capacity) {
    f.template operator()<block_memory<Capacity>>();
    return true;
  }
  if constexpr (Capacity < spare_block_bytes_max)
    return capacity > Capacity && with_spare_type<2 * Capacity>(capacity, f);
  else
    return false;
}

void* allocate_memory(std::size_t capacity) {
  void* result = nullptr;
  auto take_spare = [&]<class Memory> {
    auto* spare = spare_list<Memory>::take();
    result = spare != nullptr ? spare : new Memory;
  };
  if (!with_spare_type(capacity, take_spare))
    result = ::operator new(sizeof(memory_block) + capacity);
  return result;
}

void free_block(memory_block* block) noexcept {
  std::size_t capacity = block->capacity;
  block->~memory_block();
  auto lay_aside = [block]<class Memory> {
    auto* spent = reinterpret_cast<Memory*>(block);
    if (!spare_list<Memory>::keep(spent))
      delete spent;
  };
  if (!with_spare_type(capacity, lay_aside))
    ::operator delete(block);
}

} // namespace

memory_block* allocate_block(std::size_t capacity) {
  if (capacity > std::numeric_limits<std::uint32_t>::max())
    throw std::length_error("a memory block has at most 4 GiB - 1");
  return new (allocate_memory(capacity))
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
  return is_wasteful() ? copy_of(bytes()) : *this;
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
