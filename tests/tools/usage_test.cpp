#include "troupe/tools/top/usage.hpp"

#include <doctest/doctest.h>

namespace {

using namespace troupe;

admin::Usage make_usage(std::uint64_t total, std::int64_t gauge) {
  admin::Usage result;
  result.set_cpu_ns(total);
  result.set_destructions(total);
  result.set_memory_bytes(gauge);
  result.set_connections(gauge);
  return result;
}

TEST_CASE("The difference is that of totals, with the gauges of the end.") {
  auto x = top::difference(make_usage(10, 3), make_usage(7, 8));
  CHECK(x.cpu_ns() == 3);
  CHECK(x.destructions() == 3);
  CHECK(x.memory_bytes() == 3);
  CHECK(x.connections() == 3);
}

TEST_CASE("Waiting is by turn, if there was any.") {
  admin::Usage x;
  CHECK(top::mean_wait_us(x) == 0);
  x.set_turns(4);
  x.set_waited_ns(10'000);
  CHECK(top::mean_wait_us(x) == 2.5);
}

TEST_CASE("The sum is that of both.") {
  auto x = make_usage(10, 3);
  top::add(x, make_usage(7, 8));
  CHECK(x.cpu_ns() == 17);
  CHECK(x.destructions() == 17);
  CHECK(x.memory_bytes() == 11);
  CHECK(x.connections() == 11);
}

} // namespace
