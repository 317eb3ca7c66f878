#include "troupe/codec/protobuf_wire_walk.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "envelope.pb.h"
#include "legacy.pb.h"

using namespace troupe;
using namespace troupe::test;

namespace {

template <class Message>
decode_result walk(std::string_view wire, std::size_t depth_max = 10,
                   std::size_t elements_max = 100) {
  // Memory of its own, so that the address sanitizer sees its end.
  auto copy = std::vector<char>(wire.begin(), wire.end());
  return protobuf_wire_walk{depth_max, elements_max}.run(
    std::as_bytes(std::span{copy}), *Message::descriptor());
}

template <class Message>
decode_result walk(const Message& message, std::size_t depth_max = 10,
                   std::size_t elements_max = 100) {
  return walk<Message>(message.SerializeAsString(), depth_max, elements_max);
}

} // namespace

TEST_CASE("levels and fields of nested messages and maps are counted") {
  Envelope message;
  message.set_id(1);
  (*message.mutable_tree()->mutable_named())["name"].add_children();
  // tree, named, value, children; id, and the name.
  CHECK_FALSE(walk(message, 4, 6).is_error());
  auto deep = walk(message, 3, 6);
  CHECK(deep.code == codec_errc::message_too_deep);
  CHECK(deep.limit == 3);
  CHECK(deep.observed == 4);
  auto many = walk(message, 4, 5);
  CHECK(many.code == codec_errc::too_many_elements);
  CHECK(many.limit == 5);
  CHECK(many.observed == 6);
}

TEST_CASE("groups and extensions are counted as what they are") {
  LegacyEnvelope message;
  message.mutable_grouped()->add_inner();
  message.AddExtension(extra)->set_number(2);
  // grouped, inner, extra and its number.
  CHECK_FALSE(walk(message, 2, 4).is_error());
  CHECK(walk(message, 1, 4).code == codec_errc::message_too_deep);
  CHECK(walk(message, 2, 3).code == codec_errc::too_many_elements);
}

TEST_CASE("what is not known is not descended into, except for groups") {
  using namespace std::string_view_literals;
  // Field 100 with bytes that would be no message.
  CHECK_FALSE(walk<Envelope>("\xA2\x06\x02\xFF\xFF"sv, 0, 1).is_error());
  CHECK(walk<Envelope>("\xA3\x06\xA4\x06"sv, 0).code
        == codec_errc::message_too_deep);
  CHECK_FALSE(walk<Envelope>("\xA3\x06\xA4\x06"sv, 1, 1).is_error());
  // A field of another wire type than declared is unknown.
  CHECK_FALSE(
    walk<Envelope>("\x18\x01\x1D\x01\x02\x03\x04"sv, 0, 2).is_error());
}

TEST_CASE("what breaks the rules of the wire is malformed") {
  using namespace std::string_view_literals;
  for (auto wire : {
         "\x80"sv,             // Half a tag.
         "\x00\x00"sv,         // Field number 0.
         "\x0E\x01"sv,         // Wire types that do not exist.
         "\x0F\x01"sv,         //
         "\x20"sv,             // No value,
         "\x20\x80"sv,         // or half of one.
         "\x21\x01"sv,         //
         "\x25\x01"sv,         //
         "\x22"sv,             // No length,
         "\x22\x02\x01"sv,     // or one beyond the end,
         "\x1A\x02\x0A\x01"sv, // of an inner message.
         "\x0C"sv,             // The end of no group,
         "\x0B\x14"sv,         // or of another one,
         "\x0B"sv,             // or of none.
         "\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"sv,
       }) {
    CAPTURE(wire.size());
    CHECK(walk<Envelope>(wire).code == codec_errc::malformed_message);
  }
}

TEST_CASE("nothing is a message") {
  CHECK_FALSE(walk<Envelope>(std::string_view{}, 0, 0).is_error());
}
