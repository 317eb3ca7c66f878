#include "troupe/bench/work_frame.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "work/work.pb.h"

using troupe::bench::frame_header_bytes;
using troupe::bench::work_frame;

namespace {

std::string payload_of(const work_frame& x) {
  std::string bytes(frame_header_bytes + work_frame::payload_bytes, '\0');
  x.store(bytes.data());
  CHECK(troupe::bench::payload_bytes(bytes.data())
        == work_frame::payload_bytes);
  return bytes.substr(frame_header_bytes);
}

} // namespace

TEST_CASE("A work frame is a Work, and its WorkDone has the same bytes") {
  for (std::uint64_t connection :
       {std::uint64_t{0}, std::uint64_t{7}, work_frame::connections_max - 1})
    for (std::uint64_t sequence :
         {0ULL, 1ULL, 127ULL, 128ULL, 0xffff'ffffULL}) {
      work_frame x{connection, sequence};
      auto payload = payload_of(x);
      work::Work request;
      REQUIRE(request.ParseFromString(payload));
      CHECK(request.spin_us() == 0);
      work::WorkDone answer;
      answer.set_id(request.id());
      CHECK(answer.SerializeAsString() == payload);
      CHECK(x.matches(payload.data()));
    }
}

TEST_CASE("The answer to another request does not match") {
  auto payload = payload_of({3, 4});
  CHECK(!work_frame{3, 5}.matches(payload.data()));
  CHECK(!work_frame{4, 4}.matches(payload.data()));
}
