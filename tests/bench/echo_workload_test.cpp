#include "troupe/bench/echo_workload.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using troupe::bench::echo_workload;

TEST_CASE("Workloads are known by their names") {
  auto closed = echo_workload::parse("1000x16x64");
  CHECK(closed.connections == 1000);
  CHECK(closed.in_flight == 16);
  CHECK(closed.payload == 64);
  CHECK(!closed.is_half_load);
  auto half = echo_workload::parse("64x1x1024/2");
  CHECK(half.is_half_load);
  CHECK(half.payload == 1024);
  auto churn = echo_workload::parse("64xchurnx64");
  CHECK(churn.is_churn);
  CHECK(churn.connections == 64);
  auto work = echo_workload::parse("64x16xwork");
  CHECK(work.is_work);
  CHECK(work.in_flight == 16);
  auto idle = echo_workload::parse("idle10000");
  CHECK(idle.idle == 10'000);
  CHECK(idle.connections == 0);
}

TEST_CASE("What is no workload is refused") {
  for (auto* text :
       {"", "64", "64x16", "64x16x64x1", "0x1x64", "64x-1x64", "64xx64",
        "64x1x64/3", "64xchurnx64/2", "idle", "idle5/2", "9999999999x1x1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(echo_workload::parse(text), std::runtime_error);
  }
}
