#include "troupe/codec/codec.hpp"

#include <doctest/doctest.h>

#include "feeding.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

struct letter {
  char value = 0;

  std::string text() const {
    return {value};
  }
};

/// A frame is a capital letter, a small one is need_more, others are errors.
struct letter_format {
  using frame = letter;

  decode_result decode(frame_buffer& input, letter& out) {
    if (input.empty())
      return decode_result::need_more();
    out.value = static_cast<char>(input.peek(1)[0]);
    if (out.value >= 'a')
      return decode_result::need_more();
    if (out.value < 'A')
      return decode_result::error(codec_errc::malformed_message);
    input.drop(1);
    return decode_result::frame();
  }

  decode_result encode(const letter& in, gather_buffer& output) {
    if (in.value < 'A')
      return decode_result::error(codec_errc::malformed_message);
    output.append(in.text());
    return decode_result::frame();
  }
};

frame_buffer input_of(std::string_view text) {
  frame_buffer result;
  result.append(slice::copy_of(text));
  return result;
}

} // namespace

TEST_CASE("a codec answers frame where it stops at frames_max") {
  codec_of<letter_format> uut{{}};
  auto input = input_of("ABC");
  frame_batch_ptr batch;
  CHECK(uut.decode(input, 2, batch).status == decode_status::frame);
  REQUIRE(batch != nullptr);
  REQUIRE(batch->size() == 2);
  CHECK(text_of<letter>(batch->at(1)) == "B");
  CHECK(uut.decode(input, 2, batch).status == decode_status::need_more);
  CHECK(batch->size() == 1);
  CHECK(uut.decode(input, 2, batch).status == decode_status::need_more);
  CHECK(batch == nullptr);
}

TEST_CASE("the good frames in front of an error are in the batch") {
  codec_of<letter_format> uut{{}};
  auto input = input_of("AB!C");
  auto result = drain(uut, input, text_of<letter>, 10);
  CHECK(result.frames == std::vector<std::string>{"A", "B"});
  CHECK(result.last.code == codec_errc::malformed_message);
  CHECK(input.size() == 2);
}

TEST_CASE("encoding stops in front of a frame that breaks a rule") {
  codec_of<letter_format> uut{{}};
  auto frames = uut.make_output();
  auto& batch = static_cast<batch_of<letter>&>(*frames);
  for (auto x : {'A', 'B', '!', 'C'})
    batch.add(letter{x});
  gather_buffer output;
  CHECK(uut.encode(*frames, output).code == codec_errc::malformed_message);
  CHECK(flatten(output) == "AB");
}

TEST_CASE("a cleared batch is empty and takes new frames") {
  batch_of<letter> uut;
  uut.add(letter{'A'});
  uut.clear();
  CHECK(uut.size() == 0);
  uut.add(letter{'B'});
  CHECK(uut.frames().size() == 1);
  CHECK(text_of<letter>(uut.at(0)) == "B");
}

TEST_CASE("a stream may end between frames only") {
  codec_of<letter_format> uut{{}};
  CHECK_FALSE(uut.end_of_stream(frame_buffer{}).is_error());
  auto result = uut.end_of_stream(input_of("abc"));
  CHECK(result.code == codec_errc::truncated_frame);
  CHECK(result.observed == 3);
}
