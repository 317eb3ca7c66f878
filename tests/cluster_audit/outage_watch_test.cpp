#include "troupe/tests/cluster_audit/outage_watch.hpp"

#include <doctest/doctest.h>

using namespace troupe::test;
using std::chrono::milliseconds;

namespace {

outage_watch::time_point at(int ms) {
  return outage_watch::time_point{} + milliseconds{ms};
}

} // namespace

TEST_SUITE("outage_watch") {
  TEST_CASE("an outage ends with a new ownership") {
    outage_watch x;
    x.acknowledged("tea", 1, at(0), at(10));
    x.acknowledged("coffee", 1, at(0), at(10));
    x.killed(at(100));
    x.acknowledged("tea", 1, at(90), at(110));
    x.acknowledged("coffee", 1, at(120), at(130));
    x.acknowledged("tea", 2, at(200), at(900));
    x.acknowledged("tea", 3, at(1000), at(1100));
    x.acknowledged("coffee", 3, at(1000), at(1100));
    CHECK(x.outages() == std::vector{milliseconds{800}});
  }

  TEST_CASE("each kill has its own outage") {
    outage_watch x;
    x.acknowledged("tea", 1, at(0), at(10));
    x.killed(at(100));
    x.killed(at(200));
    x.acknowledged("tea", 2, at(200), at(300));
    CHECK(x.outages() == std::vector{milliseconds{200}, milliseconds{100}});
  }
}
