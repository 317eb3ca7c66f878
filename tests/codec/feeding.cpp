#include "feeding.hpp"

#include <algorithm>
#include <random>

#include "troupe/tests/support/seed.hpp"

namespace troupe::test {

namespace {

/// A slice with memory of its exact size, so that the address sanitizer sees a
/// read beyond its end.
slice piece(std::string_view text) {
  return slice::copy_of(text);
}

void check_prefixes(const make_codec& make, const sample& x,
                    const show_frame& show) {
  for (std::size_t n = 0; n < x.wire.size(); ++n) {
    auto uut = make();
    frame_buffer input;
    input.append(piece(std::string_view{x.wire}.substr(0, n)));
    auto result = drain(*uut, input, show);
    CHECK(result.frames.empty());
    CHECK(result.last.status == decode_status::need_more);
    CHECK(input.size() == n);
    auto end = uut->end_of_stream(input);
    CHECK(end.status
          == (n == 0 ? decode_status::need_more : decode_status::error));
    CHECK(end.code
          == (n == 0 ? codec_errc::none : codec_errc::truncated_frame));
  }
}

void check_one_more(const make_codec& make, const sample& x,
                    const show_frame& show) {
  auto uut = make();
  frame_buffer input;
  input.append(piece(x.wire + "x"));
  auto result = drain(*uut, input, show);
  CHECK(result.frames == std::vector{x.text});
  CHECK(result.last.status == decode_status::need_more);
  CHECK(input.size() == 1);
}

} // namespace

decoded drain(codec& uut, frame_buffer& input, const show_frame& show,
              std::size_t frames_max) {
  decoded result{{}, decode_result::frame()};
  while (result.last.status == decode_status::frame) {
    frame_batch_ptr batch;
    result.last = uut.decode(input, frames_max, batch);
    if (batch == nullptr)
      continue;
    CHECK(batch->size() > 0);
    CHECK(batch->size() <= frames_max);
    for (std::size_t i = 0; i < batch->size(); ++i)
      result.frames.push_back(show(batch->at(i)));
  }
  return result;
}

decoded feed(codec& uut, const std::vector<std::string_view>& pieces,
             const show_frame& show) {
  frame_buffer input;
  decoded result;
  for (auto x : pieces) {
    input.append(piece(x));
    auto next = drain(uut, input, show);
    result.frames.insert(result.frames.end(), next.frames.begin(),
                         next.frames.end());
    result.last = next.last;
    if (result.last.is_error())
      break;
    input.compact();
  }
  return result;
}

decoded feed_new(const make_codec& make, std::string_view wire,
                 const show_frame& show) {
  return feed(*make(), {wire}, show);
}

void check_cuts(const make_codec& make, const std::vector<sample>& samples,
                const show_frame& show) {
  std::string wire;
  std::vector<std::string> texts;
  for (const auto& x : samples) {
    check_prefixes(make, x, show);
    check_one_more(make, x, show);
    wire += x.wire;
    texts.push_back(x.text);
  }
  auto all = std::string_view{wire};
  auto check = [&](const std::vector<std::string_view>& pieces) {
    auto result = feed(*make(), pieces, show);
    CHECK(result.frames == texts);
    CHECK(result.last.status == decode_status::need_more);
  };
  for (std::size_t n = 0; n <= wire.size(); ++n)
    check({all.substr(0, n), all.substr(n)});
  std::vector<std::string_view> bytes;
  for (std::size_t n = 0; n < wire.size(); ++n)
    bytes.push_back(all.substr(n, 1));
  check(bytes);
  std::mt19937_64 random{seed()};
  for (auto round = 0; round < 100; ++round) {
    std::vector<std::string_view> pieces;
    for (auto rest = all; !rest.empty();) {
      auto n = std::min<std::size_t>(rest.size(), 1 + random() % 16);
      pieces.push_back(rest.substr(0, n));
      rest.remove_prefix(n);
    }
    check(pieces);
  }
}

std::string flatten(gather_buffer& output) {
  std::string result;
  auto size = output.size();
  for (const auto& x : output.take())
    result += x.text();
  CHECK(result.size() == size);
  CHECK(output.empty());
  return result;
}

std::string encode(codec& uut, frame_batch& frames) {
  gather_buffer output;
  auto result = uut.encode(frames, output);
  CHECK(result.status == decode_status::frame);
  return flatten(output);
}

} // namespace troupe::test
