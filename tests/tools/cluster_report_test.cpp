#include "troupe/tools/top/cluster_report.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/tools/look_maker.hpp"

namespace {

using namespace troupe;
using namespace troupe::top;
using troupe::test::look_maker;
using troupe::test::missing_node;

constexpr auto second = look_maker::second;

using rows = std::vector<std::string>;

rows paths(const ClusterReport& x) {
  rows result;
  for (auto& row : x.rows())
    result.push_back(row.path());
  return result;
}

const ClusterRow& row(const ClusterReport& x, const std::string& path) {
  static const ClusterRow nothing;
  for (auto& y : x.rows())
    if (y.path() == path)
      return y;
  FAIL("no row ", path);
  return nothing;
}

struct fixture {
  ClusterReport report(const report_options& how = {}) const {
    return make_cluster_report({a.look("/run/a.admin"), b.look("/run/b.admin")},
                               how);
  }

  look_maker a;
  look_maker b;
};

TEST_CASE_FIXTURE(fixture, "One path is one row, the sum of its nodes.") {
  auto& x = *a.now.add(2, 1, "gold", second).mutable_usage();
  x.set_memory_bytes(10);
  x.set_connections(1);
  x.set_drops(3);
  x.set_turns(1);
  x.set_waited_ns(1'000);
  // Of another identity there.
  auto& y = *b.now.add(7, 1, "gold", second / 2).mutable_usage();
  y.set_memory_bytes(20);
  y.set_connections(2);
  y.set_throttles(4);
  y.set_turns(3);
  y.set_waited_ns(7'000);
  auto result = report();
  CHECK(paths(result) == rows{"", "/gold"});
  auto& gold = row(result, "/gold");
  CHECK(gold.name() == "gold");
  CHECK(gold.depth() == 1);
  CHECK(gold.used().cpu_ns() == second * 3 / 2);
  CHECK(gold.used().memory_bytes() == 30);
  CHECK(gold.used().connections() == 3);
  CHECK(gold.used().drops() == 3);
  CHECK(gold.used().throttles() == 4);
  CHECK(gold.wait_us() == 2);
  // Of four workers.
  CHECK(gold.cpu() == doctest::Approx(0.375));
  REQUIRE(gold.nodes_size() == 2);
  CHECK(gold.nodes(0).node() == 0);
  CHECK(gold.nodes(0).row().cpu() == doctest::Approx(0.5));
  CHECK(gold.nodes(1).node() == 1);
  CHECK(gold.nodes(1).row().cpu() == doctest::Approx(0.25));
  CHECK(gold.nodes(1).row().resource_container().id() == 7);
}

TEST_CASE_FIXTURE(fixture, "Nodes are named by their sockets.") {
  auto result = report();
  REQUIRE(result.nodes_size() == 2);
  CHECK(result.nodes(0).name() == "a");
  CHECK(result.nodes(0).path() == "/run/a.admin");
  CHECK(result.nodes(0).why() == "");
  CHECK(result.nodes(0).interval_ns() == second);
  CHECK(result.nodes(0).workers() == 2);
  CHECK(result.nodes(1).name() == "b");
}

TEST_CASE_FIXTURE(fixture,
                  "What one node has is a row, below what both have.") {
  a.now.add(2, 1, "gold", 1);
  a.now.add(3, 2, "reports", 1);
  b.now.add(2, 1, "remote", 5);
  b.now.add(3, 2, "gold", 5);
  b.now.add(4, 1, "gold", 2);
  b.now.add(5, 4, "mail", 2);
  auto result = report();
  CHECK(paths(result)
        == rows{"", "/remote", "/remote/gold", "/gold", "/gold/mail",
                "/gold/reports"});
  CHECK(row(result, "/gold").nodes_size() == 2);
  CHECK(row(result, "/gold/mail").nodes_size() == 1);
  CHECK(row(result, "/gold/mail").nodes(0).node() == 1);
}

TEST_CASE_FIXTURE(fixture,
                  "Rows are sorted by their sums, as many as wanted.") {
  a.now.add(2, 1, "x", 10).mutable_usage()->set_memory_bytes(1);
  b.now.add(2, 1, "x", 10).mutable_usage()->set_memory_bytes(1);
  a.now.add(3, 1, "y", 15).mutable_usage()->set_memory_bytes(3);
  CHECK(paths(report()) == rows{"", "/x", "/y"});
  report_options how;
  how.sorted_by = column::memory;
  CHECK(paths(report(how)) == rows{"", "/y", "/x"});
  how.rows_max = 2;
  CHECK(paths(report(how)) == rows{"", "/y"});
  CHECK(report(how).rows_omitted() == 1);
}

TEST_CASE_FIXTURE(fixture, "There is a bound, whatever is wanted.") {
  for (std::uint64_t i = 0; i < cluster_rows_max; ++i)
    a.now.add(2 + i, 1, std::to_string(i)).set_depth(1);
  auto result = report();
  CHECK(result.rows_size() == static_cast<int>(cluster_rows_max));
  CHECK(result.rows_omitted() == 1);
}

TEST_CASE_FIXTURE(fixture, "A node that does not answer is in no sum.") {
  a.now.add(2, 1, "gold", second);
  auto result = make_cluster_report(
    {missing_node("/run/c", "gone"), a.look("/run/a")}, {});
  CHECK(result.nodes(0).name() == "c");
  CHECK(result.nodes(0).why() == "gone");
  CHECK(result.nodes(0).workers() == 0);
  CHECK(row(result, "/gold").cpu() == doctest::Approx(0.5));
  CHECK(row(result, "/gold").nodes_size() == 1);
  CHECK(row(result, "/gold").nodes(0).node() == 1);
}

TEST_CASE_FIXTURE(fixture, "A node that has answered once holds, but has used "
                           "nothing yet.") {
  a.now.add(2, 1, "gold", second);
  b.now.add(2, 1, "gold", second).mutable_usage()->set_memory_bytes(20);
  b.before = b.now;
  auto result = report();
  auto& gold = row(result, "/gold");
  CHECK(gold.cpu() == doctest::Approx(0.5));
  CHECK(gold.used().memory_bytes() == 20);
  CHECK(gold.used().cpu_ns() == second);
}

TEST_CASE_FIXTURE(fixture, "What may have been left out before has used "
                           "nothing that is known, and holds what it holds.") {
  a.before.ledger.set_rows_omitted(1);
  a.now.ledger.set_rows_omitted(3);
  a.now.add(2, 1, "gold", second).mutable_usage()->set_memory_bytes(20);
  auto result = report();
  CHECK(result.nodes(0).rows_omitted() == 3);
  CHECK(row(result, "/gold").used().cpu_ns() == 0);
  CHECK(row(result, "/gold").used().memory_bytes() == 20);
}

TEST_CASE_FIXTURE(fixture, "Two of one name on one node are one row, too.") {
  a.now.add(2, 1, "gold", 100);
  a.now.add(3, 1, "gold", 200);
  a.now.add(4, 3, "inner", 1);
  auto result = report();
  CHECK(paths(result) == rows{"", "/gold", "/gold/inner"});
  CHECK(row(result, "/gold").used().cpu_ns() == 300);
  CHECK(row(result, "/gold").nodes_size() == 2);
}

TEST_CASE("Without answers there are no rows.") {
  CHECK(make_cluster_report({}, {}).rows().empty());
  auto result = make_cluster_report({missing_node("a", "gone")}, {});
  CHECK(result.rows().empty());
  CHECK(result.nodes_size() == 1);
}

} // namespace
