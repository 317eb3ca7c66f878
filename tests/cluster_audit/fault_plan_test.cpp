#include "troupe/tests/cluster_audit/fault_plan.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

using namespace troupe::test;
using std::chrono::milliseconds;

namespace {

std::size_t taken_at(const std::vector<fault>& plan, milliseconds now) {
  std::set<std::size_t> result;
  for (auto& x : plan)
    if (takes_node(x.kind) && x.at <= now && now < x.at + x.duration)
      result.insert(x.node);
  return result.size();
}

bool is_rolling(const std::vector<fault>& plan, milliseconds now) {
  for (auto& x : plan)
    if (x.kind == fault_kind::roll && x.at <= now && now < x.at + x.duration)
      return true;
  return false;
}

} // namespace

TEST_SUITE("fault_plan") {
  TEST_CASE("a minority is away at any time, and all come back") {
    for (std::size_t nodes : {3U, 4U, 5U})
      for (std::uint64_t seed = 0; seed < 50; ++seed) {
        fault_plan_options options{seed, nodes, milliseconds{60'000},
                                   milliseconds{30'000}, true};
        auto plan = make_fault_plan(options);
        REQUIRE(!plan.empty());
        CHECK(plan.front().kind == fault_kind::kill);
        for (auto& x : plan) {
          CHECK(x.at + x.duration <= options.length);
          CHECK(x.node < nodes);
          CHECK(x.other < nodes);
          CHECK(x.other != x.node);
          for (auto now : {x.at, x.at + x.duration})
            CHECK(taken_at(plan, now) <= (nodes - 1) / 2);
          if (takes_node(x.kind))
            CHECK(!is_rolling(plan, x.at));
        }
      }
  }

  TEST_CASE("one seed is one plan") {
    fault_plan_options options{7, 3, milliseconds{20'000}, milliseconds{5000},
                               true};
    auto text = [&] {
      std::string result;
      for (auto& x : make_fault_plan(options))
        result += to_string(x) + '\n';
      return result;
    };
    auto first = text();
    CHECK(text() == first);
    options.seed = 8;
    CHECK(text() != first);
  }

  TEST_CASE("each kind happens, and has a name") {
    std::map<fault_kind, std::size_t> seen;
    for (std::uint64_t seed = 0; seed < 20; ++seed)
      for (auto& x : make_fault_plan(
             {seed, 3, milliseconds{60'000}, milliseconds{5000}, true}))
        ++seen[x.kind];
    for (int i = 0; i <= static_cast<int>(last_fault_kind); ++i) {
      auto kind = static_cast<fault_kind>(i);
      CHECK(seen[kind] > 0);
      CHECK(to_string(kind) != std::string{"invalid"});
    }
  }

  TEST_CASE("nothing is corrupted unless wanted") {
    for (auto& x : make_fault_plan(
           {3, 3, milliseconds{600'000}, milliseconds{5000}, false}))
      CHECK(x.kind != fault_kind::corrupt);
  }
}
