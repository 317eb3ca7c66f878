#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "troupe/codec/slice.hpp"

namespace troupe {

/// A slice that others are cut off the front of. An atomic operation is the
/// dearest part of a cut, so it takes the references for many at once and gives
/// back what is left.
class slice_divider {
public:
  /// References it takes at once, at most.
  static constexpr std::size_t references_max = 64;

  slice_divider() noexcept = default;

  explicit slice_divider(slice all) noexcept : rest_(std::move(all)) {
    // nop
  }

  slice_divider(slice_divider&& other) noexcept
    : rest_(std::move(other.rest_)),
      prepaid_(std::exchange(other.prepaid_, 0)) {
    // nop
  }

  slice_divider& operator=(slice_divider&& other) noexcept {
    rest_.swap(other.rest_);
    std::swap(prepaid_, other.prepaid_);
    return *this;
  }

  ~slice_divider() {
    give_back();
  }

  std::size_t size() const noexcept {
    return rest_.size();
  }

  bool empty() const noexcept {
    return rest_.empty();
  }

  std::span<const std::byte> bytes() const noexcept {
    return rest_.bytes();
  }

  std::size_t pinned_bytes() const noexcept {
    return rest_.pinned_bytes();
  }

  /// Needs `count <= size()`.
  slice cut(std::size_t count) noexcept {
    if (count == 0)
      return {};
    auto* block = rest_.block_;
    if (prepaid_ == 0 && block != nullptr)
      prepaid_ = prepay(block, rest_.size(), count);
    if (block != nullptr)
      --prepaid_;
    slice result{block, rest_.data(), count};
    rest_.remove_prefix(count);
    return result;
  }

  /// Cuts many, one after the other, off what it is made of. While it is there
  /// that must be left alone.
  class series {
  public:
    explicit series(slice_divider& all) noexcept
      : all_(all),
        block_(all.rest_.block_),
        at_(all.rest_.data()),
        end_(at_ + all.rest_.size()),
        prepaid_(all.prepaid_) {
      // nop
    }

    series(const series&) = delete;
    series& operator=(const series&) = delete;

    ~series() {
      all_.prepaid_ = prepaid_;
      if (has_all_)
        all_.rest_.block_ = nullptr;
      all_.rest_.remove_prefix(
        static_cast<std::size_t>(at_ - all_.rest_.data()));
    }

    const std::byte* data() const noexcept {
      return at_;
    }

    std::size_t size() const noexcept {
      return static_cast<std::size_t>(end_ - at_);
    }

    /// Drops `skip` bytes and cuts the `count` behind them, at least one. Needs
    /// `skip + count <= size()`.
    slice cut_behind(std::size_t skip, std::size_t count) noexcept {
      at_ += skip;
      if (prepaid_ > 0)
        --prepaid_;
      else if (count == size())
        has_all_ = true;
      else if (block_ != nullptr)
        prepaid_ = prepay(block_, size(), count) - 1;
      return {block_, std::exchange(at_, at_ + count), count};
    }

  private:
    slice_divider& all_;
    memory_block* const block_;
    const std::byte* at_;
    const std::byte* const end_;
    std::uint32_t prepaid_;
    /// With the last slice, the reference that the divider had.
    bool has_all_ = false;
  };

  void remove_prefix(std::size_t count) noexcept {
    rest_.remove_prefix(count);
  }

  /// What is left, and with it the memory.
  slice take_rest() noexcept {
    give_back();
    return std::move(rest_);
  }

  void compact() {
    if (rest_.is_wasteful())
      *this = slice_divider{rest_.compact()};
  }

private:
  /// As many as will be needed if those behind are as long.
  static std::uint32_t prepay(memory_block* block, std::size_t size,
                              std::size_t count) noexcept {
    auto references
      = static_cast<std::uint32_t>(std::min(size / count, references_max));
    add_references(block, references);
    return references;
  }

  void give_back() noexcept {
    if (prepaid_ > 0)
      release_references(rest_.block_, std::exchange(prepaid_, 0));
  }

  slice rest_;
  /// References to the block that nobody has yet.
  std::uint32_t prepaid_ = 0;
};

/// Lets go of slices and returns the references of neighbours that lie in the
/// same memory together.
class slice_collector {
public:
  slice_collector() noexcept = default;
  slice_collector(const slice_collector&) = delete;
  slice_collector& operator=(const slice_collector&) = delete;

  ~slice_collector() {
    release_references(block_, count_);
  }

  void collect(slice& x) noexcept {
    take_over(x);
    x.block_ = nullptr;
    x.data_ = nullptr;
    x.size_ = 0;
  }

  /// The same, but `x` is as it was, and must be neither used nor destroyed.
  void take_over(const slice& x) noexcept {
    if (x.block_ == nullptr)
      return;
    if (x.block_ != block_) {
      release_references(block_, count_);
      block_ = x.block_;
      count_ = 0;
    }
    ++count_;
  }

private:
  memory_block* block_ = nullptr;
  std::uint32_t count_ = 0;
};

} // namespace troupe
