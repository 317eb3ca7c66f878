#include "troupe/cluster/awaited_answers.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/cluster/limits.hpp"
#include "troupe/tests/cluster/sim_node.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

struct fixture {
  fixture() {
    auto who = spawn_plain(sys.actors(),
                           [](auto*) -> caf::behavior { return {[](int) {}}; });
    requester = caf::actor_cast<caf::strong_actor_ptr>(who);
  }

  bool add(std::uint64_t number, const std::string& payer,
           std::uint64_t due_ns = 10) {
    return uut.add({1, number}, {requester, due_ns, payer});
  }

  /// As many as there is room for, from that number on.
  std::size_t fill(const std::string& payer, std::uint64_t from) {
    std::size_t result = 0;
    while (add(from + result, payer))
      ++result;
    return result;
  }

  std::vector<std::uint64_t> take_due(std::uint64_t now_ns) {
    std::vector<std::uint64_t> result;
    for (auto& [which, x] : uut.take_due(now_ns)) {
      CHECK(x.requester == requester);
      result.push_back(which.second);
    }
    return result;
  }

  sim_system sys;
  caf::strong_actor_ptr requester;
  awaited_answers uut;
};

TEST_CASE_FIXTURE(fixture,
                  "An answer is taken once, by who has asked for it.") {
  CHECK(add(5, "a"));
  CHECK(uut.take({2, 5}) == nullptr);
  CHECK(uut.take({1, 6}) == nullptr);
  CHECK(uut.take({1, 5}) == requester);
  CHECK(uut.take({1, 5}) == nullptr);
}

TEST_CASE_FIXTURE(fixture, "What is due is no longer awaited.") {
  add(1, "a", 10);
  add(2, "a", 11);
  add(3, "b", 10);
  CHECK(take_due(9).empty());
  CHECK(take_due(10) == std::vector<std::uint64_t>{1, 3});
  CHECK(uut.take({1, 1}) == nullptr);
  CHECK(take_due(UINT64_MAX) == std::vector<std::uint64_t>{2});
}

TEST_CASE_FIXTURE(fixture, "One payer waits for so many, and no more.") {
  CHECK(fill("a", 0) == limits::payer_requests_under_way_max);
  CHECK(add(limits::payer_requests_under_way_max, "b"));
  uut.take({1, 7});
  CHECK(fill("a", 1'000'000) == 1);
  CHECK(take_due(10).size() == limits::payer_requests_under_way_max + 1);
  CHECK(fill("a", 0) == limits::payer_requests_under_way_max);
}

TEST_CASE_FIXTURE(fixture, "All together wait for so many, and no more.") {
  constexpr auto each = limits::payer_requests_under_way_max;
  constexpr auto payers = limits::requests_under_way_max / each;
  for (std::size_t i = 0; i < payers; ++i)
    CHECK(fill(std::to_string(i), i * each) == each);
  CHECK_FALSE(add(1'000'000, "one more"));
  uut.take({1, 7});
  CHECK(add(1'000'000, "one more"));
  CHECK_FALSE(add(1'000'001, "one more"));
}

TEST_CASE_FIXTURE(fixture, "The same twice counts once.") {
  CHECK(add(5, "a"));
  CHECK_FALSE(add(5, "b"));
  CHECK(fill("a", 6) == limits::payer_requests_under_way_max - 1);
}

} // namespace
