#pragma once

// Flow: from received bytes, to handlers that take a `frame`, and back.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "troupe/codec/codec.hpp"
#include "troupe/codec/limits.hpp"

namespace troupe {

/// The payload of one length-prefixed frame.
struct frame {
  static constexpr bool is_one_slice = true;

  slice data;

  frame() = default;

  explicit frame(slice content) noexcept : data(std::move(content)) {
    // nop
  }

  /// Copies `content`.
  explicit frame(std::string_view content) : data(slice::copy_of(content)) {
    // nop
  }

  std::string_view text() const noexcept {
    return data.text();
  }
};

struct length_prefix_options {
  /// Bytes of a payload; what exceeds it is `frame_too_large`, both ways. More
  /// than 4 GiB - 1 means 4 GiB - 1, the largest length there is.
  std::size_t bytes_max = limits::length_prefix_bytes_max;
};

/// Frames with their length in front:
///
///     | offset | bytes  | content                                         |
///     |--------|--------|-------------------------------------------------|
///     | 0      | 4      | length of the payload, unsigned, big-endian     |
///     | 4      | length | the payload, 0 … bytes_max bytes                |
///
/// A length over `bytes_max` is refused as soon as the four bytes are there.
struct length_prefix_codec {
  using frame = troupe::frame;
  using options = length_prefix_options;
  using output = batch_of<frame>;

  static std::unique_ptr<codec> make(const options& = {});
};

inline constexpr std::size_t length_prefix_bytes = 4;

/// Answers `frame` if `input` starts with a whole frame and then puts its
/// payload's size into `payload_bytes`. Takes nothing out.
decode_result decode_length_prefix(frame_buffer& input, std::size_t bytes_max,
                                   std::size_t& payload_bytes);

/// Writes a frame's first four bytes.
void encode_length_prefix(std::uint32_t payload_bytes,
                          std::span<std::byte, length_prefix_bytes> target);

} // namespace troupe
