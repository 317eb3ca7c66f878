#include "troupe/codec/length_prefix.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include <endian.h>

namespace troupe {

namespace {

std::size_t length_at(const std::byte* prefix) noexcept {
  std::uint32_t result;
  std::memcpy(&result, prefix, length_prefix_bytes);
  return ::be32toh(result);
}

class length_prefix_format {
public:
  using frame = troupe::frame;

  explicit length_prefix_format(std::size_t bytes_max)
    : bytes_max_(std::min<std::size_t>(
      bytes_max, std::numeric_limits<std::uint32_t>::max())) {
    // nop
  }

  decode_result decode(frame_buffer& input, frame& out) {
    std::size_t payload_bytes = 0;
    auto result = decode_length_prefix(input, bytes_max_, payload_bytes);
    if (result.status == decode_status::frame) {
      input.drop(length_prefix_bytes);
      out.data = input.take(payload_bytes);
    }
    return result;
  }

  void decode_first_piece(frame_buffer& input, std::size_t frames_max,
                          batch_of<frame>& out) {
    input.cut_first_piece([&](slice_divider::series& piece) {
      for (auto room = frames_max - out.size();
           room > 0 && piece.size() > length_prefix_bytes; --room) {
        auto size = length_at(piece.data());
        if (size == 0 || size > bytes_max_
            || size > piece.size() - length_prefix_bytes)
          break;
        out.add(piece.cut_behind(length_prefix_bytes, size));
      }
    });
  }

  bool join_as_received(const frame& in, slice_run& run) const {
    auto size = in.data.size();
    if (!run.can_add(in.data, length_prefix_bytes) || size > bytes_max_
        || length_at(in.data.data() - length_prefix_bytes) != size)
      return false;
    run.add(in.data, length_prefix_bytes);
    return true;
  }

  decode_result encode(const frame& in, gather_buffer& output) {
    auto size = in.data.size();
    if (size > bytes_max_)
      return decode_result::error(codec_errc::frame_too_large, bytes_max_,
                                  size);
    auto copied = gather_buffer::copied_bytes(in.data);
    auto room = output.extend(length_prefix_bytes + copied);
    encode_length_prefix(static_cast<std::uint32_t>(size),
                         room.first<length_prefix_bytes>());
    if (copied == size)
      std::copy_n(in.data.data(), size, room.data() + length_prefix_bytes);
    else
      output.append(in.data);
    return decode_result::frame();
  }

  std::size_t copied_bytes(const frame& x) const noexcept {
    return length_prefix_bytes + gather_buffer::copied_bytes(x.data);
  }

private:
  std::size_t bytes_max_;
};

} // namespace

std::unique_ptr<codec> length_prefix_codec::make(const options& opts) {
  return std::make_unique<codec_of<length_prefix_format>>(
    length_prefix_format{opts.bytes_max});
}

decode_result decode_length_prefix(frame_buffer& input, std::size_t bytes_max,
                                   std::size_t& payload_bytes) {
  if (input.size() < length_prefix_bytes)
    return decode_result::need_more();
  auto length = length_at(input.peek(length_prefix_bytes).data());
  if (length > bytes_max)
    return decode_result::error(codec_errc::frame_too_large, bytes_max, length);
  if (input.size() - length_prefix_bytes < length)
    return decode_result::need_more();
  payload_bytes = length;
  return decode_result::frame();
}

void encode_length_prefix(std::uint32_t payload_bytes,
                          std::span<std::byte, length_prefix_bytes> target) {
  target[0] = static_cast<std::byte>(payload_bytes >> 24);
  target[1] = static_cast<std::byte>(payload_bytes >> 16);
  target[2] = static_cast<std::byte>(payload_bytes >> 8);
  target[3] = static_cast<std::byte>(payload_bytes);
}

} // namespace troupe
