#include "troupe/codec/raw.hpp"

namespace troupe {

namespace {

struct raw_format {
  using frame = bytes;

  decode_result decode(frame_buffer& input, bytes& out) {
    if (input.empty())
      return decode_result::need_more();
    out.data = input.take(input.front().size());
    return decode_result::frame();
  }

  decode_result encode(const bytes& in, gather_buffer& output) {
    output.append(in.data);
    return decode_result::frame();
  }
};

} // namespace

std::unique_ptr<codec> raw_codec::make(const options&) {
  return std::make_unique<codec_of<raw_format>>(raw_format{});
}

} // namespace troupe
