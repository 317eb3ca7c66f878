#include "troupe/codec/length_prefix.hpp"

#include <array>

#include <doctest/doctest.h>

#include "feeding.hpp"
#include "troupe/tests/support/allocations.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr std::size_t bytes_max = 300;

std::unique_ptr<codec> make() {
  return length_prefix_codec::make({.bytes_max = bytes_max});
}

std::string framed(std::string_view payload) {
  std::array<std::byte, length_prefix_bytes> prefix;
  encode_length_prefix(static_cast<std::uint32_t>(payload.size()), prefix);
  return std::string{reinterpret_cast<const char*>(prefix.data()), 4}
         + std::string{payload};
}

} // namespace

TEST_CASE("the length is big-endian") {
  std::array<std::byte, length_prefix_bytes> prefix;
  encode_length_prefix(0x01020304, prefix);
  CHECK(prefix
        == std::array{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}});
}

TEST_CASE("frames survive every cut") {
  std::vector<sample> samples;
  for (std::string x : {std::string{"hello"}, std::string{}, std::string{"\n"},
                        std::string(bytes_max, 'm'), std::string{"last"}})
    samples.push_back({framed(x), x});
  check_cuts(make, samples, text_of<frame>);
}

TEST_CASE("a length over bytes_max is refused as soon as it is there") {
  auto wire = framed(std::string(bytes_max + 1, 'x'));
  for (std::size_t n = 0; n <= wire.size(); ++n) {
    auto result = test::feed_new(make, std::string_view{wire}.substr(0, n),
                                 text_of<frame>);
    CHECK(result.frames.empty());
    CHECK(result.last.is_error() == (n >= length_prefix_bytes));
    if (n < length_prefix_bytes)
      continue;
    CHECK(result.last.code == codec_errc::frame_too_large);
    CHECK(result.last.limit == bytes_max);
    CHECK(result.last.observed == bytes_max + 1);
  }
}

TEST_CASE("a length of 4 GiB costs no memory") {
  for (auto bound : {std::size_t{limits::length_prefix_bytes_max}, SIZE_MAX}) {
    CAPTURE(bound);
    auto uut = length_prefix_codec::make({.bytes_max = bound});
    frame_buffer input;
    input.append(slice::of_static("\xFF\xFF\xFF\xFF and so on"));
    auto before = allocations::now();
    frame_batch_ptr batch;
    auto result = uut->decode(input, 10, batch);
    CHECK(allocations::now().bytes_total - before.bytes_total < 1024);
    CHECK(batch == nullptr);
    // Without a bound it is a frame that has not arrived yet.
    CHECK(result.is_error() == (bound < SIZE_MAX));
    if (result.is_error())
      CHECK(to_string(result)
            == "frame_too_large: a frame of 4294967295 bytes exceeds "
               "bytes_max 16777216");
  }
}

TEST_CASE("a frame that arrives in pieces costs what arrived") {
  constexpr std::size_t size = 1 << 20;
  auto uut = length_prefix_codec::make();
  auto wire = framed(std::string(size, 'x'));
  frame_buffer input;
  frame_batch_ptr batch;
  auto all = std::string_view{wire};
  for (; all.size() > 1;
       all.remove_prefix(std::min<std::size_t>(1000, all.size() - 1))) {
    input.append(slice::copy_of(
      all.substr(0, std::min<std::size_t>(1000, all.size() - 1))));
    CHECK(uut->decode(input, 1, batch).status == decode_status::need_more);
    input.compact();
    CHECK(input.pinned_bytes() <= 2 * input.size() + 64);
  }
  input.append(slice::copy_of(all));
  CHECK(uut->decode(input, 1, batch).status == decode_status::frame);
  CHECK(static_cast<frame*>(batch->at(0).value)->text().size() == size);
  CHECK(input.empty());
}

TEST_CASE("a frame is not copied out of the buffer it came in") {
  auto uut = make();
  auto received = slice::copy_of(framed("one") + framed("two"));
  frame_buffer input;
  input.append(received);
  frame_batch_ptr batch;
  CHECK(uut->decode(input, 10, batch).status == decode_status::need_more);
  REQUIRE(batch->size() == 2);
  CHECK(static_cast<frame*>(batch->at(1).value)->data.data()
        == received.data() + 11);
}

TEST_CASE("frames are sent with their length in front") {
  auto uut = make();
  length_prefix_codec::output batch;
  batch.add(frame{"one"});
  batch.add(frame{});
  batch.add(frame{slice::copy_of(std::string(bytes_max, 'm'))});
  CHECK(encode(*uut, batch)
        == framed("one") + framed("") + framed(std::string(bytes_max, 'm')));
}

TEST_CASE("a large payload is sent without a copy") {
  auto uut = length_prefix_codec::make();
  auto payload = slice::copy_of(std::string(5000, 'x'));
  length_prefix_codec::output batch;
  batch.add(frame{payload});
  gather_buffer output;
  CHECK_FALSE(uut->encode(batch, output).is_error());
  auto slices = output.take();
  REQUIRE(slices.size() == 2);
  CHECK(slices[1].data() == payload.data());
}

TEST_CASE("frames that go out as they came are not copied") {
  auto uut = length_prefix_codec::make();
  auto received
    = slice::copy_of(framed(std::string(700, 'a')) + framed("dropped")
                     + framed(std::string(600, 'b'))
                     + framed(std::string(500, 'c')) + framed("short"));
  frame_buffer input;
  input.append(received);
  frame_batch_ptr batch;
  CHECK(uut->decode(input, 10, batch).status == decode_status::need_more);
  length_prefix_codec::output batch_out;
  for (auto i : {0u, 2u, 3u, 0u, 4u})
    batch_out.add(*static_cast<frame*>(batch->at(i).value));
  gather_buffer output;
  CHECK_FALSE(uut->encode(batch_out, output).is_error());
  auto slices = output.take();
  REQUIRE(slices.size() == 3);
  // Too short for an entry of its own.
  CHECK(slices[0].text() == framed(std::string(700, 'a')));
  CHECK(slices[1].data() == received.data() + 704 + 11);
  CHECK(slices[1].size() == 604 + 504);
  CHECK(slices[2].text() == framed(std::string(700, 'a')) + framed("short"));
}

TEST_CASE("a payload with other bytes before it gets its length in front") {
  auto uut = make();
  auto memory = slice::copy_of("....abc");
  length_prefix_codec::output batch;
  batch.add(frame{memory.part(4)});
  batch.add(frame{slice::of_static("static")});
  CHECK(encode(*uut, batch) == framed("abc") + framed("static"));
}

TEST_CASE("a frame to send over bytes_max is refused") {
  auto uut = make();
  length_prefix_codec::output batch;
  batch.add(frame{"good"});
  batch.add(frame{std::string(bytes_max + 1, 'x')});
  batch.add(frame{"behind"});
  gather_buffer output;
  auto result = uut->encode(batch, output);
  CHECK(result.code == codec_errc::frame_too_large);
  CHECK(result.limit == bytes_max);
  CHECK(result.observed == bytes_max + 1);
  CHECK(flatten(output) == framed("good"));
}
