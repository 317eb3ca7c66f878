#include "troupe/tools/top/report.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/tools/ledger_maker.hpp"

namespace {

using namespace troupe;
using namespace troupe::top;
using troupe::test::ledger_maker;

constexpr std::uint64_t second = 1'000'000'000;

std::vector<std::string> paths(const Report& x) {
  std::vector<std::string> result;
  for (auto& row : x.rows())
    result.push_back(row.path());
  return result;
}

const Row& row(const Report& x, const std::string& path) {
  static const Row nothing;
  for (auto& y : x.rows())
    if (y.path() == path)
      return y;
  FAIL("no row ", path);
  return nothing;
}

struct fixture {
  Report report(const report_options& how = {}) {
    return make_report(before.ledger, after.ledger, how);
  }

  ledger_maker before{5 * second};
  ledger_maker after{7 * second};
};

TEST_CASE_FIXTURE(fixture, "Totals are those of the interval, gauges of its "
                           "end.") {
  auto& x = *before.add(2, 1, "gold", 100).mutable_usage();
  x.set_bytes_in(1);
  x.set_bytes_out(2);
  x.set_frames_in(3);
  x.set_frames_out(4);
  x.set_drops(5);
  x.set_throttles(6);
  x.set_memory_bytes(7);
  x.set_turns(10);
  x.set_waited_ns(1'000);
  x.set_connections(8);
  auto& y = *after.add(2, 1, "gold", second + 100).mutable_usage();
  y.set_bytes_in(11);
  y.set_bytes_out(22);
  y.set_frames_in(33);
  y.set_frames_out(44);
  y.set_drops(55);
  y.set_throttles(66);
  y.set_memory_bytes(77);
  y.set_turns(14);
  y.set_waited_ns(21'000);
  y.set_connections(88);
  auto result = report();
  CHECK(result.interval_ns() == 2 * second);
  CHECK(result.workers() == 2);
  auto& gold = row(result, "/gold");
  CHECK(gold.used().cpu_ns() == second);
  CHECK(gold.cpu() == doctest::Approx(0.25));
  CHECK(gold.used().bytes_in() == 10);
  CHECK(gold.used().bytes_out() == 20);
  CHECK(gold.used().frames_in() == 30);
  CHECK(gold.used().frames_out() == 40);
  CHECK(gold.used().drops() == 50);
  CHECK(gold.used().throttles() == 60);
  CHECK(gold.used().memory_bytes() == 77);
  CHECK(gold.wait_us() == 5);
  CHECK(gold.used().connections() == 88);
  CHECK(gold.resource_container().usage().cpu_ns() == second + 100);
}

TEST_CASE_FIXTURE(fixture, "All that a new one has used is of the interval.") {
  after.add(9, 1, "new", 500);
  CHECK(row(report(), "/new").used().cpu_ns() == 500);
  // Unless it may have been there, and been left out.
  before.ledger.set_rows_omitted(1);
  CHECK_FALSE(row(report(), "/new").has_used());
  CHECK(row(report(), "/new").cpu() == 0);
}

TEST_CASE_FIXTURE(fixture, "Rows are a tree in which siblings are sorted.") {
  after.add(2, 1, "a", 10).mutable_usage()->set_connections(3);
  after.add(3, 2, "x", 1);
  after.add(4, 2, "y", 9);
  after.add(5, 1, "b", 20).mutable_usage()->set_connections(1);
  using rows = std::vector<std::string>;
  CHECK(paths(report()) == rows{"", "/b", "/a", "/a/y", "/a/x"});
  report_options how;
  how.sorted_by = column::name;
  CHECK(paths(report(how)) == rows{"", "/a", "/a/x", "/a/y", "/b"});
  how.sorted_by = column::connections;
  CHECK(paths(report(how)) == rows{"", "/a", "/a/x", "/a/y", "/b"});
  how.sorted_by = column::cpu;
  how.rows_max = 2;
  after.ledger.set_rows_omitted(7);
  auto cut = report(how);
  CHECK(paths(cut) == rows{"", "/b"});
  CHECK(cut.rows_omitted() == 10);
}

TEST_CASE_FIXTURE(fixture, "Each column sorts by what it shows.") {
  auto& x = *after.add(2, 1, "x").mutable_usage();
  after.add(3, 1, "most").mutable_attributes()->set_shares(200);
  auto& most = *after.ledger.mutable_resource_containers(2)->mutable_usage();
  x.set_cpu_ns(1);
  most.set_cpu_ns(2);
  most.set_bytes_in(2);
  most.set_bytes_out(2);
  most.set_frames_out(2);
  most.set_connections(2);
  most.set_memory_bytes(2);
  most.set_queued_messages(2);
  most.set_turns(1);
  most.set_waited_ns(2'000);
  most.set_drops(2);
  most.set_throttles(2);
  for (std::size_t i = 0; i < columns_count; ++i) {
    report_options how;
    how.sorted_by = static_cast<column>(i);
    CAPTURE(to_string(how.sorted_by));
    auto first = paths(report(how))[1];
    CHECK(first == "/most");
  }
}

/// Has it throttled once in the interval.
void throttle(admin::ResourceContainer& x, const char* by, std::uint64_t id) {
  x.set_last_throttle(by);
  x.set_last_throttle_by(id);
  // A limit of its own that has nothing to do with it.
  x.mutable_attributes()->set_queued_messages_max(65'536);
  x.mutable_usage()->set_throttles(1);
}

TEST_CASE_FIXTURE(fixture, "What holds one up is said.") {
  throttle(*after.ledger.mutable_resource_containers(0), "cpu_max", 2);
  auto& capped = after.add(2, 1, "capped");
  capped.mutable_attributes()->set_cpu_max(0.3);
  throttle(capped, "cpu_max", 2);
  after.add(3, 2, "inner");
  after.add(4, 1, "frozen").set_is_frozen(true);
  after.add(5, 4, "inner");
  auto& gone = after.add(6, 1, "gone");
  gone.set_is_destroyed(true);
  gone.set_destroyed_because("a test");
  after.add(7, 1, "dropping").mutable_usage()->set_drops(1);
  after.add(8, 1, "fine").mutable_attributes()->set_cpu_max(0.5);
  after.add(9, 1, "stopped").mutable_attributes()->set_cpu_max(0);
  auto& slow = after.add(10, 1, "slow");
  slow.mutable_attributes()->set_read_rate_max(1'000);
  throttle(slow, "read_rate_max", 10);
  throttle(after.add(11, 10, "peer"), "queued_messages_max", 10);
  throttle(after.add(12, 1, "suspended"), "suspended", 12);
  after.add(14, 1, "offender").mutable_usage()->set_denials(1);
  // It was so once, and is no more.
  after.add(13, 1, "recovered").set_last_throttle("read_rate_max");
  auto result = report();
  auto why = [&](const char* path) { return row(result, path).why(); };
  CHECK(why("") == "cpu_max below");
  CHECK(why("/capped") == "cpu_max 0.3");
  CHECK(why("/capped/inner") == "cpu_max of /capped");
  CHECK(why("/frozen") == "frozen");
  CHECK(why("/frozen/inner") == "frozen by /frozen");
  CHECK(why("/gone") == "destroyed: a test");
  CHECK(why("/dropping") == "drops");
  CHECK(why("/fine") == "");
  CHECK(why("/stopped") == "cpu_max 0");
  CHECK(why("/slow") == "read_rate_max 1000");
  CHECK(why("/slow/peer") == "queued_messages_max of /slow");
  CHECK(why("/suspended") == "suspended");
  CHECK(why("/recovered") == "");
  CHECK(why("/offender") == "broke a rule, or one below");
}

TEST_CASE_FIXTURE(fixture, "Two ledgers of one moment have no rates.") {
  after.ledger.set_time_ns(before.ledger.time_ns());
  after.add(2, 1, "gold", 100);
  CHECK(row(report(), "/gold").cpu() == 0);
}

TEST_CASE("A ledger without rows has a report without rows.") {
  CHECK(make_report({}, {}, {}).rows().empty());
}

} // namespace
