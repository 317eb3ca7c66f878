#include "troupe/bench/latency_histogram.hpp"

#include <doctest/doctest.h>

#include <cstdint>

#include "troupe/bench/load_counts.hpp"

using namespace troupe::bench;

TEST_CASE("A quantile is off by less than 1.6 %") {
  latency_histogram values;
  for (std::int64_t i = 1; i <= 100'000; ++i)
    values.add(i * 1'000);
  for (auto share : {0.001, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    CAPTURE(share);
    auto exact = share * 1e8;
    auto got = static_cast<double>(values.quantile_ns(share));
    CHECK(got >= exact);
    CHECK(got <= exact * 1.016);
  }
}

TEST_CASE("A record has the greatest value and the mean exactly") {
  latency_record values;
  CHECK(values.mean_us() == 0.0);
  CHECK(values.quantile_us(0.5) == 0.0);
  values.add(1'000'001);
  values.add(2'000'001);
  CHECK(values.max_ns == 2'000'001);
  CHECK(values.mean_us() == doctest::Approx(1'500.001));
  CHECK(values.quantile_us(1) == doctest::Approx(2'000.001));
}
