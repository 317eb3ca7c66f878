#include "troupe/codec/protobuf.hpp"

#include <random>
#include <stdexcept>

#include <doctest/doctest.h>

#include "envelope.pb.h"
#include "feeding.hpp"
#include "legacy.pb.h"
#include "troupe/codec/length_prefix.hpp"
#include "troupe/tests/support/allocations.hpp"
#include "troupe/tests/support/seed.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

using uut_codec = protobuf_codec<Envelope>;
using legacy_codec = protobuf_codec<LegacyEnvelope>;

std::unique_ptr<codec> make() {
  return uut_codec::make();
}

std::string framed(std::string_view payload) {
  std::array<std::byte, length_prefix_bytes> prefix;
  encode_length_prefix(static_cast<std::uint32_t>(payload.size()), prefix);
  return std::string{reinterpret_cast<const char*>(prefix.data()), 4}
         + std::string{payload};
}

/// Type and content, by way of what a handler would see.
std::string show(frame_ref x) {
  auto print = [&](auto* message) {
    return message->GetTypeName() + "{" + message->ShortDebugString() + "}";
  };
  if (*x.type == typeid(Say))
    return print(static_cast<Say*>(x.value));
  if (*x.type == typeid(Ping))
    return print(static_cast<Ping*>(x.value));
  if (*x.type == typeid(Tree))
    return print(static_cast<Tree*>(x.value));
  if (*x.type == typeid(Strict))
    return print(static_cast<Strict*>(x.value));
  return x.type->name();
}

decode_result refusal(std::string_view payload, const protobuf_options& opts,
                      const make_codec& make_it = nullptr) {
  auto result = test::feed_new(
    make_it != nullptr ? make_it : [&] { return uut_codec::make(opts); },
    framed(payload), show);
  CHECK(result.frames.empty());
  CHECK(result.last.is_error());
  return result.last;
}

Say say(std::string text) {
  Say result;
  result.set_text(std::move(text));
  return result;
}

Envelope envelope(std::string text) {
  Envelope result;
  *result.mutable_say() = say(std::move(text));
  return result;
}

void append_varint(std::string& target, std::size_t value) {
  for (; value > 0x7F; value >>= 7)
    target += static_cast<char>(value | 0x80);
  target += static_cast<char>(value);
}

/// The field `number` with `content`.
std::string field(std::size_t number, std::string_view content) {
  std::string result;
  append_varint(result, number << 3 | 2);
  append_varint(result, content.size());
  return result.append(content);
}

/// A payload of `levels` messages below the envelope, built inside out.
std::string nested(std::size_t levels) {
  std::string result;
  for (std::size_t i = 1; i < levels; ++i)
    result = field(1, result);
  return field(3, result);
}

/// A payload with a Tree of `count` empty ones: `count` + 1 elements.
std::string flat(std::size_t count) {
  std::string children;
  for (std::size_t i = 0; i < count; ++i)
    children += std::string_view{"\x0A\x00", 2};
  return field(3, children);
}

} // namespace

TEST_CASE("messages survive every cut") {
  auto sample_of = [](const auto& message) {
    auto wire = uut_codec::encode(message);
    return sample{std::string{wire.text()}, message.GetTypeName() + "{"
                                              + message.ShortDebugString()
                                              + "}"};
  };
  Envelope forest;
  auto* tree = forest.mutable_tree();
  tree->add_children()->add_children();
  (*tree->mutable_named())["left"].add_children();
  auto numbers = say("numbers");
  for (auto i = 0; i < 100; ++i)
    numbers.add_numbers(i * 1000);
  check_cuts(make,
             {sample_of(say("hello")),
              sample_of(Ping{}),
              sample_of(numbers),
              sample_of(say("")),
              {std::string{uut_codec::encode(forest).text()},
               "troupe.test.Tree{" + tree->ShortDebugString() + "}"}},
             show);
}

TEST_CASE("what is sent is what protobuf would make of the envelope") {
  for (auto size : {std::size_t{0}, std::size_t{1}, std::size_t{127},
                    std::size_t{128}, std::size_t{20'000}}) {
    auto message = envelope(std::string(size, 'x'));
    auto expected = framed(message.SerializeAsString());
    uut_codec::output by_type;
    by_type.add(message.say());
    CHECK(encode(*make(), by_type) == expected);
    uut_codec::output by_envelope;
    by_envelope.add(message);
    CHECK(encode(*make(), by_envelope) == expected);
    CHECK(uut_codec::encode(message).text() == expected);
    CHECK(uut_codec::encode(message.say()).text() == expected);
  }
}

TEST_CASE("the other fields of an envelope are sent with it") {
  auto message = envelope("x");
  message.set_id(7);
  uut_codec::output batch;
  batch.add(Envelope{message});
  auto wire = encode(*make(), batch);
  CHECK(wire == framed(message.SerializeAsString()));
  CHECK(test::feed_new(make, wire, show).frames.size() == 1);
}

TEST_CASE("an outgoing batch shows what is in it") {
  uut_codec::output batch;
  batch.add(say("a"));
  batch.add(uut_codec::encode(Ping{}));
  CHECK(batch.size() == 2);
  CHECK(show(batch.at(0)) == R"(troupe.test.Say{text: "a"})");
  CHECK(*batch.at(1).type == typeid(slice));
  batch.clear();
  CHECK(batch.size() == 0);
  CHECK(dynamic_cast<uut_codec::output*>(make()->make_output().get())
        != nullptr);
}

TEST_CASE("a message to many receivers is serialised once") {
  auto wire = uut_codec::encode(say(std::string(5000, 'x')));
  for (auto receiver = 0; receiver < 3; ++receiver) {
    uut_codec::output batch;
    batch.add(wire);
    gather_buffer output;
    CHECK_FALSE(make()->encode(batch, output).is_error());
    auto slices = output.take();
    REQUIRE(slices.size() == 1);
    CHECK(slices[0].data() == wire.data());
  }
}

TEST_CASE("a batch takes the envelope and its alternatives only") {
  uut_codec::output batch;
  CHECK_THROWS_AS(batch.add(NoEnvelope{}), std::invalid_argument);
  // More than one alternative is a Tree.
  CHECK_THROWS_AS(batch.add(Tree{}), std::invalid_argument);
  CHECK_THROWS_AS(batch.add(Tree{}), std::invalid_argument);
  CHECK_THROWS_AS(uut_codec::encode(NoEnvelope{}), std::invalid_argument);
  CHECK_THROWS_AS(uut_codec::encode(Envelope{}), std::invalid_argument);
  CHECK(batch.size() == 0);
}

TEST_CASE("an envelope has a oneof of its own") {
  CHECK_THROWS_AS(protobuf_codec<NoEnvelope>::make(), std::invalid_argument);
  CHECK_THROWS_AS(protobuf_codec<Say>::make(), std::invalid_argument);
}

TEST_CASE("frames of one batch are valid until the batch is cleared") {
  std::string wire;
  for (auto i = 0; i < 1000; ++i)
    wire += framed(envelope(std::string(100, 'x')).SerializeAsString());
  auto before = allocations::now().live;
  {
    frame_buffer input;
    input.append(slice::copy_of(wire));
    auto uut = make();
    frame_batch_ptr batch;
    CHECK(uut->decode(input, 1000, batch).status == decode_status::frame);
    REQUIRE(batch->size() == 1000);
    for (std::size_t i = 0; i < 1000; ++i)
      CHECK(static_cast<Say*>(batch->at(i).value)->text().size() == 100);
    batch->clear();
    CHECK(batch->size() == 0);
  }
  CHECK(allocations::now().live == before);
}

TEST_CASE("bytes_max is the largest legal payload, both ways") {
  auto legal = envelope(std::string(100, 'x'));
  auto illegal = envelope(std::string(101, 'x'));
  auto bytes_max = legal.ByteSizeLong();
  auto make_small = [&] { return uut_codec::make({.bytes_max = bytes_max}); };
  for (auto encoded : {false, true}) {
    auto add = [&](uut_codec::output& batch, const Envelope& message) {
      if (encoded)
        batch.add(uut_codec::encode(message.say()));
      else
        batch.add(message.say());
    };
    uut_codec::output batch;
    add(batch, legal);
    add(batch, illegal);
    add(batch, legal);
    gather_buffer output;
    auto result = make_small()->encode(batch, output);
    CHECK(result.code == codec_errc::frame_too_large);
    CHECK(result.limit == bytes_max);
    CHECK(result.observed == bytes_max + 1);
    CHECK(flatten(output) == framed(legal.SerializeAsString()));
  }
  auto wire = framed(legal.SerializeAsString());
  CHECK(test::feed_new(make_small, wire, show).frames.size() == 1);
  wire = framed(illegal.SerializeAsString());
  for (auto size : {length_prefix_bytes, wire.size()}) {
    auto result = test::feed_new(make_small,
                                 std::string_view{wire}.substr(0, size), show);
    CHECK(result.frames.empty());
    CHECK(result.last.code == codec_errc::frame_too_large);
  }
}

TEST_CASE("a length of 4 GiB is refused even without a bound") {
  auto uut = uut_codec::make({.bytes_max = SIZE_MAX});
  frame_buffer input;
  input.append(slice::of_static("\xFF\xFF\xFF\xFF and so on"));
  auto before = allocations::now();
  frame_batch_ptr batch;
  auto result = uut->decode(input, 10, batch);
  CHECK(allocations::now().bytes_total - before.bytes_total < 1024);
  CHECK(result.code == codec_errc::frame_too_large);
  CHECK(result.limit == 0x7FFFFFFF);
  CHECK(result.observed == 0xFFFFFFFF);
}

TEST_CASE("garbage is malformed") {
  for (std::string_view payload :
       {std::string_view{"\x0A"}, std::string_view{"\x0A\x05x"},
        std::string_view{"\x00", 1}, std::string_view{"\x00\x00", 2},
        std::string_view{"\x0C"}, std::string_view{"\x0B"},
        std::string_view{"\x0E\x01"}, std::string_view{"\x0F\x01"},
        std::string_view{"\x0D\x01"}, std::string_view{"\x09\x01"},
        std::string_view{"\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"},
        std::string_view{"\x0A\x03\x0A\x01"},
        // Text that is not UTF-8.
        std::string_view{"\x0A\x03\x0A\x01\xFF"}}) {
    CAPTURE(payload.size());
    CHECK(refusal(payload, {}).code == codec_errc::malformed_message);
  }
}

TEST_CASE("messages in front of a bad one are delivered") {
  auto result = test::feed_new(make,
                               framed(envelope("one").SerializeAsString())
                                 + framed("\x0A") + "behind",
                               show);
  CHECK(result.frames.size() == 1);
  CHECK(result.last.code == codec_errc::malformed_message);
}

TEST_CASE("an alternative that is not set or not known is refused") {
  NewerEnvelope newer;
  newer.mutable_pong();
  Envelope number;
  number.set_number(7);
  Envelope blob;
  blob.set_blob("x");
  Envelope unset;
  unset.set_id(7);
  for (const auto& payload :
       {std::string{}, newer.SerializeAsString(), number.SerializeAsString(),
        blob.SerializeAsString(), unset.SerializeAsString()})
    CHECK(refusal(payload, {}).code == codec_errc::unknown_alternative);
  for (const auto& message : {unset, Envelope{}}) {
    uut_codec::output batch;
    batch.add(message);
    gather_buffer output;
    CHECK(make()->encode(batch, output).code
          == codec_errc::unknown_alternative);
    CHECK(output.empty());
  }
}

TEST_CASE("depth_max is the deepest legal nesting") {
  auto depth_max = limits::protobuf_depth_max;
  auto result = test::feed_new(make, framed(nested(depth_max)), show);
  CHECK(result.frames.size() == 1);
  auto refused = refusal(nested(depth_max + 1), {});
  CHECK(refused.code == codec_errc::message_too_deep);
  CHECK(refused.limit == depth_max);
  CHECK(refused.observed == depth_max + 1);
}

TEST_CASE("a message nested 10,000 deep is refused for its depth") {
  CHECK(refusal(nested(10'000), {}).code == codec_errc::message_too_deep);
  // Groups, known to nobody.
  CHECK(refusal(std::string(10'000, '\x7B'), {}).code
        == codec_errc::message_too_deep);
  // Large enough to be counted first.
  CHECK(refusal(nested(10'000), {.elements_max = 10'001}).code
        == codec_errc::message_too_deep);
  // Within the bound, but cut off.
  CHECK(refusal(std::string(10, '\x7B'), {}).code
        == codec_errc::malformed_message);
}

TEST_CASE("elements_max is the largest legal number of fields") {
  protobuf_options opts{.elements_max = 100};
  auto feed_it = [&](std::string_view payload) {
    return test::feed_new([&] { return uut_codec::make(opts); },
                          framed(payload), show);
  };
  CHECK(feed_it(flat(99)).frames.size() == 1);
  auto refused = refusal(flat(100), opts);
  CHECK(refused.code == codec_errc::too_many_elements);
  CHECK(refused.limit == 100);
  CHECK(refused.observed == 101);
  // Unknown fields of all kinds count as well.
  for (std::string_view unknown :
       {std::string_view{"\xA0\x06\x01"}, std::string_view{"\xA2\x06\x00", 3},
        std::string_view{"\xA3\x06\xA4\x06"},
        std::string_view{"\xA1\x06xxxxxxxx"},
        std::string_view{"\xA5\x06xxxx"}}) {
    auto payload = flat(0);
    for (auto i = 0; i < 99; ++i)
      payload += unknown;
    CHECK(feed_it(payload).frames.size() == 1);
    payload += unknown;
    CHECK(refusal(payload, opts).code == codec_errc::too_many_elements);
  }
  // A packed field is one element.
  Envelope packed;
  for (auto i = 0; i < 10'000; ++i)
    packed.mutable_say()->add_numbers(i);
  CHECK(feed_it(packed.SerializeAsString()).frames.size() == 1);
}

TEST_CASE("2 MB of empty messages are refused without being built") {
  auto wire = framed(flat(1'000'000));
  auto uut = uut_codec::make({.bytes_max = 4 << 20});
  frame_buffer input;
  input.append(slice::copy_of(wire));
  auto before = allocations::now();
  frame_batch_ptr batch;
  auto result = uut->decode(input, 10, batch);
  CHECK(result.code == codec_errc::too_many_elements);
  CHECK(batch == nullptr);
  CHECK(allocations::now().bytes_total - before.bytes_total < 4096);
}

TEST_CASE("the worst legal message costs no more than the limits say") {
  auto wire = framed(flat(limits::protobuf_elements_max - 1));
  auto uut = make();
  frame_buffer input;
  input.append(slice::copy_of(wire));
  auto before = allocations::now();
  frame_batch_ptr batch;
  CHECK(uut->decode(input, 1, batch).status == decode_status::frame);
  auto bytes = allocations::now().bytes_total - before.bytes_total;
  MESSAGE("decoded bytes: " << bytes);
  CHECK(bytes < 16 * 1024 * 1024);
}

TEST_CASE("proto2 messages keep their rules") {
  auto make_legacy = [] { return legacy_codec::make(); };
  Strict strict;
  legacy_codec::output batch;
  batch.add(strict);
  gather_buffer output;
  CHECK(make_legacy()->encode(batch, output).code
        == codec_errc::malformed_message);
  CHECK_THROWS_AS(legacy_codec::encode(strict), std::invalid_argument);
  CHECK(refusal(std::string{"\x0A\x00", 2}, {}, make_legacy).code
        == codec_errc::malformed_message);
  strict.set_number(7);
  auto wire = legacy_codec::encode(strict);
  auto result = test::feed_new(make_legacy, wire.text(), show);
  CHECK(result.frames
        == std::vector<std::string>{"troupe.test.Strict{number: 7}"});
  // A group is no frame.
  LegacyEnvelope grouped;
  grouped.mutable_grouped()->add_inner();
  CHECK(refusal(grouped.SerializeAsString(), {}, make_legacy).code
        == codec_errc::unknown_alternative);
  CHECK_THROWS_AS(legacy_codec::encode(LegacyEnvelope::Grouped{}),
                  std::invalid_argument);
}

TEST_CASE("damaged messages are a frame or an error, never a crash") {
  // Fields that need no UTF-8, since protobuf logs each text that is not.
  Envelope message;
  auto* tree = message.mutable_tree();
  for (auto i = 0; i < 10; ++i)
    tree->add_children()->add_children()->add_children();
  auto good = message.SerializeAsString();
  std::mt19937_64 random{seed()};
  for (auto round = 0; round < 20'000; ++round) {
    auto payload = good;
    for (auto n = random() % 4; n > 0; --n)
      payload[random() % payload.size()] = static_cast<char>(random());
    payload.resize(random() % 8 == 0 ? random() % payload.size()
                                     : payload.size());
    // Few elements allowed, so that half of the messages are walked, too.
    auto uut = uut_codec::make(
      {.depth_max = 1 + random() % 4, .elements_max = 10 + random() % 60});
    frame_buffer input;
    input.append(slice::copy_of(framed(payload)));
    frame_batch_ptr batch;
    auto result = uut->decode(input, 2, batch);
    CHECK((batch != nullptr) == !result.is_error());
  }
}
