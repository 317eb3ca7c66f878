#pragma once

// Flow: from received bytes, to handlers that take a `line`, and back.

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "troupe/codec/codec.hpp"
#include "troupe/codec/limits.hpp"

namespace troupe {

/// One line of text without what ends it.
struct line {
  static constexpr bool is_one_slice = true;

  slice data;

  line() = default;

  explicit line(slice content) noexcept : data(std::move(content)) {
    // nop
  }

  /// Copies `content`.
  explicit line(std::string_view content) : data(slice::copy_of(content)) {
    // nop
  }

  std::string_view text() const noexcept {
    return data.text();
  }
};

struct line_options {
  /// Bytes of a line's text. A longer one is `line_too_long`, both ways.
  std::size_t bytes_max = limits::line_bytes_max;
};

/// Lines of bytes in any encoding:
///
///     | text          | end          |
///     |---------------|--------------|
///     | 0 … bytes_max | LF or CR LF  |
///
/// The text has no LF. A CR right before the LF belongs to the end, any other
/// one to the text. We write LF, and answer `malformed_message` to a line to
/// send that has an LF in it, since it would arrive as two.
struct line_codec {
  using frame = line;
  using options = line_options;
  using output = batch_of<frame>;

  static std::unique_ptr<codec> make(const options& = {});
};

} // namespace troupe
