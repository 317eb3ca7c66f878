#include "troupe/codec/line.hpp"

namespace troupe {

namespace {

constexpr auto cr = std::byte{'\r'};
constexpr auto lf = std::byte{'\n'};

class line_format {
public:
  using frame = line;

  explicit line_format(std::size_t bytes_max) : bytes_max_(bytes_max) {
    // nop
  }

  decode_result decode(frame_buffer& input, line& out) {
    auto end = input.find(lf, searched_);
    if (end == frame_buffer::npos) {
      searched_ = input.size();
      return fits(input, searched_) ? decode_result::need_more()
                                    : too_long(searched_);
    }
    searched_ = 0;
    if (!fits(input, end))
      return too_long(end);
    out.data = without_end(input.take(end + 1));
    return decode_result::frame();
  }

  decode_result encode(const line& in, gather_buffer& output) {
    auto text = in.text();
    if (text.size() > bytes_max_)
      return too_long(text.size());
    if (text.find('\n') != std::string_view::npos)
      return decode_result::error(codec_errc::malformed_message);
    output.append(in.data);
    output.append(std::string_view{"\n"});
    return decode_result::frame();
  }

  std::size_t copied_bytes(const line& x) const noexcept {
    return gather_buffer::copied_bytes(x.data) + 1;
  }

private:
  static slice without_end(const slice& ended) {
    auto text = ended.text();
    text.remove_suffix(1);
    if (text.ends_with('\r'))
      text.remove_suffix(1);
    return ended.part(0, text.size());
  }

  /// Whether `size` bytes without LF can be a line: one byte more than
  /// `bytes_max_` is fine if it is the CR of the end.
  bool fits(const frame_buffer& input, std::size_t size) const {
    return size <= bytes_max_
           || (size - 1 == bytes_max_
               && input.find(cr, bytes_max_) == bytes_max_);
  }

  decode_result too_long(std::size_t observed) const {
    return decode_result::error(codec_errc::line_too_long, bytes_max_,
                                observed);
  }

  std::size_t bytes_max_;
  /// So many bytes of the input are known to have no LF.
  std::size_t searched_ = 0;
};

} // namespace

std::unique_ptr<codec> line_codec::make(const options& opts) {
  return std::make_unique<codec_of<line_format>>(line_format{opts.bytes_max});
}

} // namespace troupe
