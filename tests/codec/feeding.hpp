#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/codec/codec.hpp"

namespace troupe::test {

/// Frames as text, and what ended decoding.
struct decoded {
  std::vector<std::string> frames;
  decode_result last;
};

using show_frame = std::function<std::string(frame_ref)>;
using make_codec = std::function<std::unique_ptr<codec>()>;

template <class Frame>
std::string text_of(frame_ref x) {
  REQUIRE(*x.type == typeid(Frame));
  return std::string{static_cast<Frame*>(x.value)->text()};
}

/// One frame on the wire and as text.
struct sample {
  std::string wire;
  std::string text;
};

/// Decodes all there is in `input`, up to `frames_max` frames a call.
decoded drain(codec& uut, frame_buffer& input, const show_frame& show,
              std::size_t frames_max = 3);

/// Decodes `pieces`, arriving one after the other.
decoded feed(codec& uut, const std::vector<std::string_view>& pieces,
             const show_frame& show);

/// What a codec that is given `wire` at once makes of it.
decoded feed_new(const make_codec& make, std::string_view wire,
                 const show_frame& show);

/// Checks that the frames come out whatever way their bytes come in: each
/// proper prefix, one byte more, two pieces cut anywhere, byte by byte and
/// random pieces.
void check_cuts(const make_codec& make, const std::vector<sample>& samples,
                const show_frame& show);

/// All bytes of a gather buffer, which is empty afterwards.
std::string flatten(gather_buffer& output);

/// The bytes of `frames`; encoding them must work.
std::string encode(codec& uut, frame_batch& frames);

} // namespace troupe::test
