#include "troupe/codec/decode_result.hpp"

namespace troupe {

namespace {

std::string explain(codec_errc code, const std::string& limit,
                    const std::string& observed) {
  switch (code) {
    case codec_errc::none:
      return "no rule was broken";
    case codec_errc::frame_too_large:
      return "a frame of " + observed + " bytes exceeds bytes_max " + limit;
    case codec_errc::line_too_long:
      return observed + " bytes without an end of line exceed bytes_max "
             + limit;
    case codec_errc::truncated_frame:
      return "the stream ended " + observed + " bytes into a frame";
    case codec_errc::malformed_message:
      return "the payload is not a well-formed message of the expected type";
    case codec_errc::message_too_deep:
      return "messages nested " + observed + " levels deep exceed depth_max "
             + limit;
    case codec_errc::too_many_elements:
      return "a message of " + observed
             + " or more elements exceeds elements_max " + limit;
    case codec_errc::unknown_alternative:
      return "the envelope's oneof is not set or holds an alternative unknown "
             "here";
  }
  return "not a rule";
}

} // namespace

std::string to_string(codec_errc code) {
  switch (code) {
    case codec_errc::none:
      return "none";
    case codec_errc::frame_too_large:
      return "frame_too_large";
    case codec_errc::line_too_long:
      return "line_too_long";
    case codec_errc::truncated_frame:
      return "truncated_frame";
    case codec_errc::malformed_message:
      return "malformed_message";
    case codec_errc::message_too_deep:
      return "message_too_deep";
    case codec_errc::too_many_elements:
      return "too_many_elements";
    case codec_errc::unknown_alternative:
      return "unknown_alternative";
  }
  return "unknown_codec_errc";
}

std::string to_string(decode_status status) {
  switch (status) {
    case decode_status::need_more:
      return "need_more";
    case decode_status::frame:
      return "frame";
    case decode_status::error:
      return "error";
  }
  return "unknown_decode_status";
}

std::string to_string(const decode_result& result) {
  if (!result.is_error())
    return to_string(result.status);
  return to_string(result.code) + ": "
         + explain(result.code, std::to_string(result.limit),
                   std::to_string(result.observed));
}

} // namespace troupe
