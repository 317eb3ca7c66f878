#pragma once

#include <string>
#include <string_view>

#include "caf/allowed_unsafe_message_type.hpp"

#include "troupe/codec/protobuf.hpp"
#include "troupe/codec/slice.hpp"
#include "troupe/examples/chat/line_form.hpp"

namespace chat {

using envelope_codec = troupe::protobuf_codec<Envelope>;

/// Which formats are wanted.
struct formats {
  bool has_frame = true;
  bool has_line = true;
};

/// An event in both formats, or in the one that is wanted. It is encoded once,
/// however many get it: whoever copies it shares its bytes.
struct posting {
  /// A whole frame of protobuf, with its length.
  troupe::slice frame;
  /// Without its end.
  std::string line;
};

template <class Event>
posting make_posting(const Event& event, formats wanted = {}) {
  posting result;
  if (wanted.has_frame)
    result.frame = envelope_codec::encode(event);
  if (wanted.has_line)
    result.line = to_line(event);
  return result;
}

inline posting make_refusal(std::string_view command, std::string_view why) {
  Refused event;
  event.set_command(std::string{command});
  event.set_why(std::string{why});
  return make_posting(event);
}

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::posting)
