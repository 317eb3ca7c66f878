#include "troupe/codec/raw.hpp"

#include <doctest/doctest.h>

#include "feeding.hpp"

using namespace troupe;
using namespace troupe::test;

TEST_CASE("raw bytes are handed on as they came, without a copy") {
  auto uut = raw_codec::make();
  auto received = slice::copy_of("any\0thing");
  frame_buffer input;
  input.append(received);
  frame_batch_ptr batch;
  CHECK(uut->decode(input, 10, batch).status == decode_status::need_more);
  REQUIRE(batch != nullptr);
  REQUIRE(batch->size() == 1);
  CHECK(static_cast<bytes*>(batch->at(0).value)->data.data()
        == received.data());
  CHECK(input.empty());
  CHECK_FALSE(uut->end_of_stream(input).is_error());
}

TEST_CASE("no bytes are no frame") {
  auto result = feed_new([] { return raw_codec::make(); }, "", text_of<bytes>);
  CHECK(result.frames.empty());
  CHECK(result.last.status == decode_status::need_more);
}

TEST_CASE("raw bytes survive every cut") {
  std::string_view wire{"some bytes\r\n\0\xFF", 14};
  for (std::size_t n = 0; n <= wire.size(); ++n) {
    auto uut = raw_codec::make();
    auto result = feed(*uut, {wire.substr(0, n), wire.substr(n)},
                       text_of<bytes>);
    std::string all;
    for (const auto& x : result.frames)
      all += x;
    CHECK(all == wire);
  }
}

TEST_CASE("raw bytes are sent as they are") {
  auto uut = raw_codec::make();
  raw_codec::output batch;
  batch.add(bytes{"one"});
  batch.add(bytes{});
  batch.add(bytes{slice::of_static("two")});
  CHECK(encode(*uut, batch) == "onetwo");
}
