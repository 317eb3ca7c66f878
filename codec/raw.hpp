#pragma once

// Flow: from received bytes, to handlers that take `bytes`, and back.

#include <memory>
#include <string_view>
#include <utility>

#include "troupe/codec/codec.hpp"

namespace troupe {

/// Bytes as they came, without frames: any number but zero, cut anywhere.
struct bytes {
  static constexpr bool is_one_slice = true;

  slice data;

  bytes() = default;

  explicit bytes(slice content) noexcept : data(std::move(content)) {
    // nop
  }

  /// Copies `content`.
  explicit bytes(std::string_view content) : data(slice::copy_of(content)) {
    // nop
  }

  std::string_view text() const noexcept {
    return data.text();
  }
};

struct raw_options {};

/// Hands on what has arrived and never refuses anything.
struct raw_codec {
  using frame = bytes;
  using options = raw_options;
  using output = batch_of<frame>;

  static std::unique_ptr<codec> make(const options& = {});
};

} // namespace troupe
