#include "troupe/codec/decode_result.hpp"

#include <doctest/doctest.h>

using namespace troupe;

TEST_CASE("every status has a name") {
  CHECK(to_string(decode_status::need_more) == "need_more");
  CHECK(to_string(decode_status::frame) == "frame");
  CHECK(to_string(decode_status::error) == "error");
}

TEST_CASE("every rule has a name") {
  CHECK(to_string(codec_errc::none) == "none");
  CHECK(to_string(codec_errc::frame_too_large) == "frame_too_large");
  CHECK(to_string(codec_errc::line_too_long) == "line_too_long");
  CHECK(to_string(codec_errc::truncated_frame) == "truncated_frame");
  CHECK(to_string(codec_errc::malformed_message) == "malformed_message");
  CHECK(to_string(codec_errc::message_too_deep) == "message_too_deep");
  CHECK(to_string(codec_errc::too_many_elements) == "too_many_elements");
  CHECK(to_string(codec_errc::unknown_alternative) == "unknown_alternative");
}

TEST_CASE("a result reads as a sentence with its rule, limit and observation") {
  auto text = [](codec_errc code, std::uint64_t limit = 0,
                 std::uint64_t observed = 0) {
    return to_string(decode_result::error(code, limit, observed));
  };
  CHECK(to_string(decode_result::need_more()) == "need_more");
  CHECK(to_string(decode_result::frame()) == "frame");
  CHECK(text(codec_errc::none) == "none: no rule was broken");
  CHECK(text(codec_errc::frame_too_large, 16777216, 4294967295)
        == "frame_too_large: a frame of 4294967295 bytes exceeds bytes_max "
           "16777216");
  CHECK(text(codec_errc::line_too_long, 80, 93)
        == "line_too_long: 93 bytes without an end of line exceed bytes_max "
           "80");
  CHECK(text(codec_errc::truncated_frame, 0, 5)
        == "truncated_frame: the stream ended 5 bytes into a frame");
  CHECK(text(codec_errc::malformed_message)
        == "malformed_message: the payload is not a well-formed message of the "
           "expected type");
  CHECK(text(codec_errc::message_too_deep, 32, 33)
        == "message_too_deep: messages nested 33 levels deep exceed depth_max "
           "32");
  CHECK(text(codec_errc::too_many_elements, 10, 11)
        == "too_many_elements: a message of 11 or more elements exceeds "
           "elements_max 10");
  CHECK(text(codec_errc::unknown_alternative)
        == "unknown_alternative: the envelope's oneof is not set or holds an "
           "alternative unknown here");
}

TEST_CASE("only an error is an error") {
  CHECK_FALSE(decode_result::need_more().is_error());
  CHECK_FALSE(decode_result::frame().is_error());
  CHECK(decode_result::error(codec_errc::truncated_frame).is_error());
}
