#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

/// The reference-counted memory behind slices. It starts with this header and
/// its bytes follow. A block is written by the one `buffer` that owns it and
/// never again once a slice of it exists.
struct memory_block {
  std::atomic<std::uint32_t> references;
  std::uint32_t capacity;
  /// The pool that made the block, compared but never followed: a block that
  /// outlives its pool is simply freed.
  const void* pool;

  std::byte* bytes() noexcept {
    return reinterpret_cast<std::byte*>(this + 1);
  }
};

/// Blocks of these capacities and of the powers of two between come and go with
/// each batch of answers, so each thread keeps up to 64 of each (`spare_list`),
/// 2 MB in all. Without, the C library gives the memory of a round's answers
/// back to the system and gets it again, at a system call and a fault a page.
inline constexpr std::size_t spare_block_bytes_min = 256;
inline constexpr std::size_t spare_block_bytes_max = 16 * 1024;

/// Allocates a block of `capacity` bytes with one reference. Throws
/// `std::length_error` if that is more than 4 GiB - 1.
memory_block* allocate_block(std::size_t capacity);

/// Gives a block without references back to this thread's pool, or frees it.
void dispose_block(memory_block* block) noexcept;

inline void add_references(memory_block* block, std::uint32_t count) noexcept {
  if (block != nullptr)
    block->references.fetch_add(count, std::memory_order_relaxed);
}

inline void release_references(memory_block* block,
                               std::uint32_t count) noexcept {
  if (block == nullptr)
    return;
  if (block->references.load(std::memory_order_acquire) == count
      || block->references.fetch_sub(count, std::memory_order_acq_rel) == count)
    dispose_block(block);
}

/// An immutable run of bytes that shares ownership of the memory it lies in.
/// Copying a slice copies no bytes. Any thread may hold, copy and drop one.
/// A small slice keeps its whole block alive; `compact()` before storing it.
class slice {
public:
  slice() noexcept = default;

  /// Takes over one reference to `block`.
  slice(memory_block* block, const std::byte* data, std::size_t size) noexcept
    : block_(block), data_(data), size_(size) {
    // nop
  }

  slice(const slice& other) noexcept
    : block_(other.block_), data_(other.data_), size_(other.size_) {
    add_references(block_, 1);
  }

  slice(slice&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {
    // nop
  }

  slice& operator=(slice other) noexcept {
    swap(other);
    return *this;
  }

  ~slice() {
    release_references(block_, 1);
  }

  /// A slice of its own that holds a copy of `bytes`.
  static slice copy_of(std::span<const std::byte> bytes);

  static slice copy_of(std::string_view text) {
    return copy_of(std::as_bytes(std::span{text.data(), text.size()}));
  }

  /// A slice over memory that lives as long as the program, such as a literal.
  static slice of_static(std::string_view text) noexcept {
    return {nullptr, reinterpret_cast<const std::byte*>(text.data()),
            text.size()};
  }

  const std::byte* data() const noexcept {
    return data_;
  }

  std::size_t size() const noexcept {
    return size_;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  std::span<const std::byte> bytes() const noexcept {
    return {data_, size_};
  }

  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(data_), size_};
  }

  /// The `count` bytes from `offset` on; both are cut to what there is.
  slice part(std::size_t offset, std::size_t count = SIZE_MAX) const noexcept {
    offset = offset < size_ ? offset : size_;
    count = count < size_ - offset ? count : size_ - offset;
    // Nothing to show is nothing to keep alive.
    if (count == 0)
      return {};
    add_references(block_, 1);
    return {block_, data_ + offset, count};
  }

  /// The `count` bytes right before it, where its memory has so many; else
  /// nothing. They are as immutable as its own.
  std::span<const std::byte> preceding(std::size_t count) const noexcept {
    if (block_ == nullptr
        || static_cast<std::size_t>(data_ - block_->bytes()) < count)
      return {};
    return {data_ - count, count};
  }

  /// Drops the first `count` bytes, or all if there are fewer.
  void remove_prefix(std::size_t count) noexcept {
    count = count < size_ ? count : size_;
    data_ += count;
    size_ -= count;
  }

  /// Size in bytes of the block this slice keeps alive; 0 for static memory.
  std::size_t pinned_bytes() const noexcept {
    return block_ == nullptr ? 0 : block_->capacity;
  }

  /// Whether it keeps alive more than twice what it shows.
  bool is_wasteful() const noexcept {
    return pinned_bytes() > 2 * size_;
  }

  /// Itself, or a copy when it is wasteful.
  slice compact() const;

  void swap(slice& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

private:
  friend class slice_collector;
  friend class slice_run;
  friend class slice_divider;

  memory_block* block_ = nullptr;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A block being filled: one owner, writable until `freeze()`.
class buffer {
public:
  buffer() noexcept = default;

  explicit buffer(std::size_t capacity) : block_(allocate_block(capacity)) {
    // nop
  }

  explicit buffer(memory_block* block) noexcept : block_(block) {
    // nop
  }

  buffer(buffer&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)),
      size_(std::exchange(other.size_, 0)) {
    // nop
  }

  buffer& operator=(buffer&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    return *this;
  }

  ~buffer() {
    release_references(block_, 1);
  }

  std::size_t size() const noexcept {
    return size_;
  }

  std::size_t capacity() const noexcept {
    return block_ == nullptr ? 0 : block_->capacity;
  }

  std::span<const std::byte> bytes() const noexcept {
    return {block_ == nullptr ? nullptr : block_->bytes(), size_};
  }

  /// The part not yet filled.
  std::span<std::byte> room() noexcept {
    if (block_ == nullptr)
      return {};
    return {block_->bytes() + size_, block_->capacity - size_};
  }

  /// Counts the first `count` bytes of `room()` as filled.
  void commit(std::size_t count) noexcept {
    size_ += count;
  }

  /// Copies `bytes` to the end. Needs `bytes.size() <= room().size()`.
  void append(std::span<const std::byte> bytes) noexcept {
    if (bytes.empty())
      return;
    std::memcpy(block_->bytes() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  /// The filled part as a slice; the buffer is empty afterwards.
  slice freeze() noexcept {
    auto* block = std::exchange(block_, nullptr);
    auto size = std::exchange(size_, 0);
    if (block == nullptr)
      return {};
    return {block, block->bytes(), size};
  }

private:
  memory_block* block_ = nullptr;
  std::size_t size_ = 0;
};

/// Recycles blocks of one size on one thread. Blocks released on the thread
/// that has the pool installed come back to it; all others are freed.
class block_pool {
public:
  /// Keeps at most `blocks_max` unused blocks of `block_bytes` each.
  block_pool(std::size_t block_bytes, std::size_t blocks_max);

  block_pool(const block_pool&) = delete;
  block_pool& operator=(const block_pool&) = delete;

  ~block_pool();

  /// An empty buffer of `block_bytes()` bytes.
  buffer take();

  std::size_t block_bytes() const noexcept {
    return block_bytes_;
  }

  std::size_t unused_blocks() const noexcept {
    return unused_.size();
  }

  /// Makes this the calling thread's pool until it is destroyed or another one
  /// is installed.
  void install() noexcept;

private:
  friend void dispose_block(memory_block* block) noexcept;

  std::size_t block_bytes_;
  std::size_t blocks_max_;
  std::vector<memory_block*> unused_;
};

} // namespace troupe
