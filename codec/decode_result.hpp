#pragma once

#include <cstdint>
#include <string>

namespace troupe {

/// Rules of the formats; an error names the one that was broken.
enum class codec_errc : std::uint8_t {
  none,
  /// A frame is longer than its codec's `bytes_max`.
  frame_too_large,
  /// A line has no end within its codec's `bytes_max`.
  line_too_long,
  /// The stream ended inside a frame.
  truncated_frame,
  /// The payload is not a well-formed message of the expected type.
  malformed_message,
  /// The message is nested deeper than `depth_max`.
  message_too_deep,
  /// The message has more elements than `elements_max`.
  too_many_elements,
  /// The envelope's oneof is not set, or holds an alternative unknown here.
  unknown_alternative,
};

std::string to_string(codec_errc code);

enum class decode_status : std::uint8_t { need_more, frame, error };

std::string to_string(decode_status status);

/// What one attempt to decode came to. "Need more" is not an error.
struct [[nodiscard]] decode_result {
  decode_status status = decode_status::need_more;
  codec_errc code = codec_errc::none;
  /// The bound that was broken and what was seen instead, both in the rule's
  /// unit (bytes, levels, elements); 0 where the rule has no number.
  std::uint64_t limit = 0;
  std::uint64_t observed = 0;

  static decode_result need_more() noexcept {
    return {};
  }

  static decode_result frame() noexcept {
    return {decode_status::frame, codec_errc::none, 0, 0};
  }

  static decode_result error(codec_errc code, std::uint64_t limit = 0,
                             std::uint64_t observed = 0) noexcept {
    return {decode_status::error, code, limit, observed};
  }

  bool is_error() const noexcept {
    return status == decode_status::error;
  }
};

/// One line for a log: the rule, its limit and what was observed.
std::string to_string(const decode_result& result);

} // namespace troupe
