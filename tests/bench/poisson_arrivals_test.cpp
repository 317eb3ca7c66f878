#include "troupe/bench/poisson_arrivals.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

using troupe::bench::poisson_arrivals;

namespace {

constexpr std::int64_t begin_ns = 1'000'000'000'000;

std::vector<std::int64_t> times(double rate, std::size_t burst,
                                std::uint64_t seed, std::size_t count) {
  poisson_arrivals x{rate, burst, seed};
  x.start(begin_ns);
  std::vector<std::int64_t> result;
  for (; result.size() < count; x.advance())
    result.push_back(x.next_ns());
  return result;
}

} // namespace

TEST_CASE("The same seed gives the same times, another one gives others") {
  CHECK(times(100, 1, 7, 1'000) == times(100, 1, 7, 1'000));
  CHECK(times(100, 1, 7, 1'000) != times(100, 1, 8, 1'000));
}

TEST_CASE("Bursts come at the rate and at random") {
  for (std::size_t burst : {1UL, 20UL}) {
    CAPTURE(burst);
    auto all = times(1'000, burst, 7, 100'000);
    double sum = 0;
    double squares = 0;
    auto last = begin_ns;
    for (auto x : all) {
      CHECK(x >= last);
      auto pause = static_cast<double>(x - last) / 1e9;
      sum += pause;
      squares += pause * pause;
      last = x;
    }
    auto mean = sum / 1e5;
    auto deviation = std::sqrt(squares / 1e5 - mean * mean);
    auto expected = static_cast<double>(burst) / 1'000;
    CHECK(mean == doctest::Approx(expected).epsilon(0.02));
    // Of an exponential distribution the two are equal.
    CHECK(deviation == doctest::Approx(expected).epsilon(0.02));
  }
}
