#include "troupe/runtime/token_bucket.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t start = 10'000 * ms;

TEST_CASE("A bucket holds what accrues in its window.") {
  token_bucket uut{300 * ms};
  CHECK(uut.draw(start, 1'000 * ms) == 30 * ms);
  CHECK(uut.draw(start, 1) == 0);
  CHECK(uut.draw(start + 10 * ms, 1'000 * ms) == 3 * ms);
  CHECK(uut.draw(start + 10'000 * ms, 1'000 * ms) == 30 * ms);
}

TEST_CASE("Less than is there may be drawn, and the rest stays.") {
  token_bucket uut{2'000 * ms};
  CHECK(uut.draw(start, 50 * ms) == 50 * ms);
  CHECK(uut.draw(start, 200 * ms) == 150 * ms);
}

TEST_CASE("It says when it will have how much.") {
  token_bucket uut{100 * ms};
  CHECK(uut.due_ns(start, ms) < start);
  uut.draw(start, 1'000 * ms);
  CHECK(uut.due_ns(start, ms) == start + 10 * ms);
  CHECK(uut.draw(start + 10 * ms - 1, ms) < ms);
  CHECK(uut.due_ns(start, 1'000 * ms) < start + 120 * ms);
}

TEST_CASE("An empty rate gives nothing, ever.") {
  token_bucket uut{0};
  CHECK(uut.draw(start, ms) == 0);
  CHECK(uut.due_ns(start, ms) == UINT64_MAX);
  uut.rate(1'000 * ms);
  CHECK(uut.draw(start, ms) == ms);
}

TEST_CASE("However it is drawn, it gives no more than has accrued.") {
  for (std::uint64_t rate : {1'000U, 333'333U, 1'000'000U, 7'777'777U}) {
    token_bucket uut{rate * 1'000};
    std::uint64_t got = uut.draw(start, UINT64_MAX / rate);
    for (std::uint64_t i = 1; i <= 100'000; ++i)
      got += uut.draw(start + i * 10'000, 1 + i % 77'777);
    auto accrued = (100 + 1'000) * ms / 1'000'000 * rate;
    CHECK(got <= accrued);
  }
}

TEST_CASE("Threads that draw at once share what is there.") {
  token_bucket uut{500 * ms};
  std::vector<std::uint64_t> got(4);
  std::vector<std::thread> threads;
  for (auto& mine : got)
    threads.emplace_back([&uut, &mine] {
      for (std::uint64_t i = 0; i < 20'000; ++i)
        mine += uut.draw(start + i * 10'000, 7'000);
    });
  for (auto& x : threads)
    x.join();
  std::uint64_t sum = 0;
  for (auto x : got)
    sum += x;
  CHECK(sum <= 150 * ms);
  CHECK(sum >= 149 * ms);
}

} // namespace
