#include "troupe/codec/line.hpp"

#include <doctest/doctest.h>

#include "feeding.hpp"
#include "troupe/tests/support/allocations.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr std::size_t bytes_max = 10;

std::unique_ptr<codec> make() {
  return line_codec::make({.bytes_max = bytes_max});
}

decoded feed_new(std::string_view wire) {
  return test::feed_new(make, wire, text_of<line>);
}

} // namespace

TEST_CASE("lines survive every cut") {
  check_cuts(make,
             {{"hello\n", "hello"},
              {"\n", ""},
              {"crlf\r\n", "crlf"},
              {"\r\n", ""},
              {"a\rb\r\r\n", "a\rb\r"},
              {std::string("n\0l\n", 4), std::string("n\0l", 3)},
              {"0123456789\n", "0123456789"},
              {"0123456789\r\n", "0123456789"}},
             text_of<line>);
}

TEST_CASE("bytes_max bounds the text, whether or not its end has come") {
  CHECK(feed_new("0123456789\n").frames.size() == 1);
  CHECK(feed_new("0123456789\r\n").frames.size() == 1);
  CHECK(feed_new("0123456789\r").last.status == decode_status::need_more);
  for (auto wire : {"0123456789a\n", "0123456789a\r\n", "0123456789a",
                    "0123456789\r\r", "0123456789\ra", "0123456789ab\n"}) {
    CAPTURE(wire);
    auto result = feed_new(wire);
    CHECK(result.frames.empty());
    CHECK(result.last.code == codec_errc::line_too_long);
    CHECK(result.last.limit == bytes_max);
    CHECK(result.last.observed > bytes_max);
  }
}

TEST_CASE("a line that comes byte by byte is refused at its first byte over") {
  auto uut = make();
  frame_buffer input;
  for (std::size_t n = 1; n <= bytes_max; ++n) {
    input.append(slice::of_static("x"));
    CHECK_FALSE(drain(*uut, input, text_of<line>).last.is_error());
  }
  input.append(slice::of_static("x"));
  CHECK(drain(*uut, input, text_of<line>).last.code
        == codec_errc::line_too_long);
}

TEST_CASE("good lines in front of a bad one are delivered") {
  auto result = feed_new("one\ntwo\n0123456789abc\nthree\n");
  CHECK(result.frames == std::vector<std::string>{"one", "two"});
  CHECK(result.last.code == codec_errc::line_too_long);
}

TEST_CASE("a line is not copied out of the buffer it came in") {
  auto uut = line_codec::make();
  auto received = slice::copy_of("one\ntwo\n");
  frame_buffer input;
  input.append(received);
  frame_batch_ptr batch;
  CHECK(uut->decode(input, 10, batch).status == decode_status::need_more);
  REQUIRE(batch->size() == 2);
  CHECK(static_cast<line*>(batch->at(1).value)->data.data()
        == received.data() + 4);
}

TEST_CASE("many lines without CR take linear time in one buffer") {
  constexpr std::size_t count = 200'000;
  std::string wire;
  for (std::size_t i = 0; i < count; ++i)
    wire += "x\n";
  CHECK(feed_new(wire).frames.size() == count);
}

TEST_CASE("a long line that comes byte by byte takes linear time") {
  constexpr std::size_t size = 1 << 20;
  auto uut = line_codec::make({.bytes_max = size});
  frame_buffer input;
  frame_batch_ptr batch;
  for (std::size_t i = 0; i < size; ++i) {
    input.append(slice::of_static("x"));
    if (uut->decode(input, 1, batch).status != decode_status::need_more)
      FAIL("a frame without an end");
  }
  input.append(slice::of_static("\n"));
  CHECK(uut->decode(input, 1, batch).status == decode_status::frame);
  CHECK(static_cast<line*>(batch->at(0).value)->text().size() == size);
}

TEST_CASE("lines are sent with LF") {
  auto uut = make();
  line_codec::output batch;
  batch.add(line{"one"});
  batch.add(line{});
  batch.add(line{slice::of_static("0123456789")});
  CHECK(encode(*uut, batch) == "one\n\n0123456789\n");
}

TEST_CASE("a line to send that is too long or two lines is refused") {
  for (auto [text, code] :
       {std::pair{"0123456789a", codec_errc::line_too_long},
        std::pair{"one\ntwo", codec_errc::malformed_message}}) {
    auto uut = make();
    line_codec::output batch;
    batch.add(line{"good"});
    batch.add(line{text});
    batch.add(line{"behind"});
    gather_buffer output;
    CHECK(uut->encode(batch, output).code == code);
    CHECK(flatten(output) == "good\n");
  }
}

TEST_CASE("line_codec's default bound is that of the limits") {
  auto at_most = std::string(limits::line_bytes_max, 'x');
  auto result = test::feed_new([] { return line_codec::make(); },
                               at_most + "\n" + at_most + "x", text_of<line>);
  CHECK(result.frames == std::vector{at_most});
  CHECK(result.last.code == codec_errc::line_too_long);
}
