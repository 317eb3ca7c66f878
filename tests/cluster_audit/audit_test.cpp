#include "troupe/tests/cluster_audit/audit.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace troupe::test;

namespace {

/// Two members of one room, to whom anything can be told.
struct fixture {
  fixture() {
    a = x.add_member("a", "tea", {});
    b = x.add_member("b", "tea", {});
    x.told_joined(a);
    x.told_joined(b);
  }

  /// Says and is told, by and to both.
  void tell(stamp number, const std::string& text) {
    x.said("a", "tea", text);
    x.told(a, number, "a", text);
    x.acknowledged(text);
    x.told(b, number, "a", text);
  }

  std::vector<breach> found() const {
    std::vector<breach> result;
    for (auto& y : x.violations())
      result.push_back(y.kind);
    return result;
  }

  audit x;
  audit::member_id a = 0;
  audit::member_id b = 0;
};

using breaches = std::vector<breach>;

} // namespace

TEST_SUITE("audit") {
  TEST_CASE_FIXTURE(fixture, "a promise that is kept has no violations") {
    tell({1, 1}, "m1");
    tell({1, 2}, "m2");
    x.remove_member(b);
    tell({1, 3}, "m3");
    x.told_anew(a, 4);
    x.said("a", "tea", "lost");
    x.said("a", "tea", "no");
    x.refused("no");
    x.said("a", "tea", "m4");
    x.told(a, {4, 1}, "a", "m4");
    auto c = x.add_member("bx2", "tea", stamp{1, 2});
    x.told_missed(c, {1, 3}, {1, 3});
    x.told_anew(c, 4);
    x.told(c, {4, 1}, "a", "m4");
    x.told_joined(c);
    CHECK(x.last_told(c) == stamp{4, 1});
    x.finish({{"tea", "m4"}});
    CHECK(found() == breaches{});
    CHECK(x.messages() == 4);
    CHECK(x.ownership_changes() == 1);
    CHECK(x.missed_numbers() == 1);
    CHECK(x.numbers_missed_there() == 0);
    x.told_missed(a, {4, 2}, {4, 5});
    CHECK(x.missed_numbers() == 5);
    CHECK(x.numbers_missed_there() == 4);
  }

  TEST_CASE_FIXTURE(fixture, "who comes later is told the end of history") {
    tell({7, 1}, "m1");
    tell({7, 2}, "m2");
    auto c = x.add_member("c", "tea", {});
    x.told(c, {7, 2}, "a", "m2");
    x.told_joined(c);
    x.finish({{"tea", "m2"}});
    CHECK(found() == breaches{});
  }

  TEST_CASE_FIXTURE(fixture, "who returns after a change may begin late") {
    tell({7, 1}, "m1");
    auto c = x.add_member("c", "tea", stamp{3, 9});
    x.told_anew(c, 7);
    x.told(c, {7, 1}, "a", "m1");
    x.told_joined(c);
    CHECK(found() == breaches{});
  }

  TEST_CASE_FIXTURE(fixture, "two texts under one number disagree") {
    x.said("a", "tea", "m1");
    x.said("b", "tea", "m2");
    x.told(a, {1, 1}, "a", "m1");
    x.told(b, {1, 1}, "b", "m2");
    CHECK(found() == breaches{breach::disagreement});
  }

  TEST_CASE_FIXTURE(fixture, "a number left out is a gap") {
    tell({1, 1}, "m1");
    x.said("a", "tea", "m3");
    x.told(a, {1, 3}, "a", "m3");
    CHECK(found() == breaches{breach::gap});
  }

  TEST_CASE_FIXTURE(fixture, "who returns is told what it has not yet seen") {
    tell({1, 1}, "m1");
    tell({1, 2}, "m2");
    tell({1, 3}, "m3");
    auto late = x.add_member("c", "tea", stamp{1, 1});
    x.told(late, {1, 3}, "a", "m3");
    CHECK(found() == breaches{breach::gap});
    auto early = x.add_member("d", "tea", stamp{1, 1});
    x.told(early, {1, 1}, "a", "m1");
    CHECK(found() == breaches{breach::gap, breach::repetition});
  }

  TEST_CASE_FIXTURE(fixture, "a number again is a repetition") {
    tell({1, 1}, "m1");
    x.told(a, {1, 1}, "a", "m1");
    CHECK(found() == breaches{breach::repetition});
  }

  TEST_CASE_FIXTURE(fixture, "an ownership that is over tells nothing") {
    tell({2, 1}, "m1");
    x.said("a", "tea", "m2");
    x.told(a, {1, 1}, "a", "m2");
    CHECK(found() == breaches{breach::old_ownership});
  }

  TEST_CASE_FIXTURE(fixture, "an ownership does not begin twice") {
    tell({2, 1}, "m1");
    x.told_anew(a, 2);
    CHECK(found() == breaches{breach::old_ownership});
    x.told_anew(b, 1);
    CHECK(x.violation_count() == 2);
  }

  TEST_CASE_FIXTURE(fixture, "another ownership is announced") {
    tell({1, 1}, "m1");
    x.said("a", "tea", "m2");
    x.told(a, {2, 1}, "a", "m2");
    CHECK(found() == breaches{breach::no_anew});
    x.told_missed(b, {2, 1}, {2, 1});
    CHECK(found() == breaches{breach::no_anew, breach::no_anew});
  }

  TEST_CASE_FIXTURE(fixture, "who was there when it began is told message 1") {
    tell({1, 1}, "m1");
    x.told_anew(a, 2);
    x.said("a", "tea", "m2");
    x.told(a, {2, 2}, "a", "m2");
    CHECK(found() == breaches{breach::late_beginning});
  }

  TEST_CASE_FIXTURE(fixture, "an empty room begins with message 1") {
    x.said("a", "tea", "m2");
    x.told(a, {1, 2}, "a", "m2");
    CHECK(found() == breaches{breach::late_beginning});
  }

  TEST_CASE_FIXTURE(fixture, "an acknowledged text is told once") {
    tell({1, 1}, "m1");
    x.told_anew(a, 2);
    x.told(a, {2, 1}, "a", "m1");
    x.finish({{"tea", "m1"}});
    REQUIRE(!found().empty());
    CHECK(found().front() == breach::told_twice);
  }

  TEST_CASE_FIXTURE(fixture, "an unknown text is told at most once") {
    x.said("a", "tea", "m1");
    x.told(b, {1, 1}, "a", "m1");
    x.told_anew(b, 2);
    x.told(b, {2, 1}, "a", "m1");
    x.remove_member(a);
    x.remove_member(b);
    x.finish({});
    CHECK(found() == breaches{breach::told_twice_unknown});
  }

  TEST_CASE_FIXTURE(fixture, "a refused text is never told") {
    x.said("a", "tea", "early");
    x.told(b, {1, 1}, "a", "early");
    x.refused("early");
    CHECK(found() == breaches{breach::refused_but_told});
    x.said("a", "tea", "late");
    x.refused("late");
    x.told(b, {1, 2}, "a", "late");
    CHECK(x.violation_count() == 2);
    CHECK(found().back() == breach::refused_but_told);
  }

  TEST_CASE_FIXTURE(fixture, "nobody tells what nobody said") {
    x.told(a, {1, 1}, "a", "?");
    CHECK(found() == breaches{breach::never_said});
    x.said("b", "coffee", "m2");
    x.told(a, {1, 2}, "b", "m2");
    x.said("b", "tea", "m3");
    x.told(a, {1, 3}, "a", "m3");
    CHECK(found() == breaches(3, breach::never_said));
  }

  TEST_CASE_FIXTURE(fixture, "a speaker is told in its own order") {
    x.said("a", "tea", "m1");
    x.said("a", "tea", "m2");
    x.told(b, {1, 1}, "a", "m2");
    x.told(b, {1, 2}, "a", "m1");
    x.remove_member(a);
    x.remove_member(b);
    x.finish({});
    CHECK(found() == breaches{breach::disorder});
  }

  TEST_CASE_FIXTURE(fixture, "what is missed is what comes next") {
    tell({5, 1}, "m1");
    auto check = [&](stamp first, stamp last) {
      auto c = x.add_member("c", "tea", stamp{5, 1});
      auto before = x.violation_count();
      x.told_missed(c, first, last);
      return x.violation_count() - before;
    };
    CHECK(check({5, 2}, {5, 2}) == 0);
    CHECK(check({5, 1}, {5, 2}) == 1);
    CHECK(check({5, 3}, {5, 4}) == 1);
    CHECK(check({5, 2}, {5, 1}) == 1);
    CHECK(check({5, 2}, {6, 2}) == 1);
    CHECK(check({4, 2}, {4, 2}) == 1);
    CHECK(found() == breaches(5, breach::false_missed));
  }

  TEST_CASE_FIXTURE(fixture, "all members end with the same message") {
    tell({1, 1}, "m1");
    x.said("a", "tea", "m2");
    x.told(a, {1, 2}, "a", "m2");
    x.finish({{"tea", "m2"}});
    CHECK(found() == breaches{breach::not_settled, breach::final_lost});
  }

  TEST_CASE_FIXTURE(fixture, "the final message is told") {
    tell({1, 1}, "m1");
    x.finish({});
    CHECK(found() == breaches(2, breach::final_lost));
  }

  TEST_CASE_FIXTURE(fixture, "one joins once") {
    x.told_joined(a);
    CHECK(found() == breaches{breach::odd_line});
  }

  TEST_CASE_FIXTURE(fixture, "violations are kept up to a bound") {
    for (std::size_t i = 0; i < audit::violations_max + 5; ++i)
      x.report(breach::node_failed, "?");
    CHECK(x.violations().size() == audit::violations_max);
    CHECK(x.violation_count() == audit::violations_max + 5);
  }

  TEST_CASE("every breach has a name") {
    for (int i = 0; i <= static_cast<int>(last_breach); ++i)
      CHECK(to_string(static_cast<breach>(i)) != std::string{"invalid"});
  }

  TEST_CASE("a stamp reads what it writes") {
    CHECK(parse_stamp("3.17") == stamp{3, 17});
    CHECK(to_string(stamp{3, 17}) == "3.17");
    for (const char* x : {"", "3", "3.", ".3", "3.4.5", "a.1", "1.-1"})
      CHECK(!parse_stamp(x));
  }
}
