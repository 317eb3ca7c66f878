#include "troupe/tools/top/cluster_table.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace troupe::top;

constexpr std::uint64_t second = 1'000'000'000;

/// Three nodes, the last of which does not answer, and a row of both others:
/// half and a quarter of a machine.
struct fixture {
  fixture() {
    for (auto* name : {"a", "b", "c"}) {
      auto& x = *report.add_nodes();
      x.set_name(name);
      x.set_interval_ns(second);
    }
    report.mutable_nodes(1)->set_interval_ns(2 * second);
    report.mutable_nodes(2)->set_interval_ns(0);
    report.mutable_nodes(2)->set_why("/run/c: gone");
    auto& row = *report.add_rows();
    row.set_name("gold");
    row.set_depth(1);
    row.set_cpu(0.375);
    row.mutable_used()->set_connections(3);
    row.mutable_used()->set_memory_bytes(25'000);
    add(0, 0.5);
    add(1, 0.25);
  }

  Row& add(std::uint32_t node, double cpu) {
    auto& x = *report.mutable_rows(0)->add_nodes();
    x.set_node(node);
    x.mutable_row()->set_cpu(cpu);
    x.mutable_row()->mutable_used()->set_drops(10);
    x.mutable_row()->mutable_used()->set_throttles(20);
    return *x.mutable_row();
  }

  std::string line(std::size_t first_node = 0) const {
    return cluster_row_line(report, report.rows(0), first_node);
  }

  ClusterReport report;
};

std::vector<std::string> words(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> result;
  for (std::string x; in >> x;)
    result.push_back(x);
  return result;
}

TEST_CASE_FIXTURE(fixture, "Sums come first, then each node's CPU time.") {
  CHECK(words(cluster_head_line(report))
        == words("resource container cpu% conns memory drop/s thro/s cpu% on "
                 "a b c"));
  // Ten drops in one second and ten in two.
  CHECK(words(line()) == words("gold 37.5 3 25K 15 30 50.0 25.0 -"));
  CHECK(words(line(1)) == words("gold 37.5 3 25K 15 30 25.0 -"));
  CHECK(line().starts_with("  gold "));
  CHECK(line().size() == cluster_head_line(report).size());
}

TEST_CASE_FIXTURE(fixture, "A node without such a row has a gap.") {
  report.mutable_rows(0)->mutable_nodes()->RemoveLast();
  CHECK(words(line()) == words("gold 37.5 3 25K 10 20 50.0 -"));
  CHECK(line().size() == cluster_head_line(report).size());
  // Unless it may have one that it has left out.
  report.mutable_nodes(1)->set_rows_omitted(1);
  CHECK(words(line()) == words("gold 37.5 3 25K 10 20 50.0 - -"));
}

TEST_CASE_FIXTURE(fixture, "What is not known is not shown as nothing.") {
  report.mutable_rows(0)->mutable_nodes(0)->mutable_row()->clear_used();
  CHECK(words(line()) == words("gold 37.5 3 25K 5 10 - 25.0 -"));
  report.mutable_nodes(0)->set_interval_ns(0);
  report.mutable_nodes(1)->set_interval_ns(0);
  CHECK(words(line()) == words("gold - 3 25K - - - - -"));
}

TEST_CASE_FIXTURE(fixture, "Two of one name on one node are added.") {
  add(0, 0.125);
  CHECK(words(line()) == words("gold 37.5 3 25K 25 50 62.5 25.0 -"));
}

TEST_CASE_FIXTURE(fixture, "Columns stay in line, whatever the names.") {
  for (auto& name : {std::string{"frankfurt"}, std::string(100, 'x')}) {
    report.mutable_nodes(1)->set_name(name);
    CHECK(line().size() == cluster_head_line(report).size());
  }
  CHECK(line().size() < 110);
  report.mutable_nodes(1)->set_name("a\x1b[2J");
  CHECK(cluster_head_line(report).find('\x1b') == std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "What is missing is named.") {
  CHECK(answering_nodes(report) == 2);
  CHECK(cluster_notes(report) == std::vector<std::string>{"c: /run/c: gone"});
  report.mutable_nodes(0)->set_rows_omitted(5);
  report.mutable_nodes(2)->set_why("\r\n");
  CHECK(cluster_notes(report)
        == std::vector<std::string>{"a: 5 more that it has left out", "c: ??"});
}

TEST_CASE_FIXTURE(fixture, "A table has rows, what is left out, and notes.") {
  report.set_rows_omitted(5);
  CHECK(cluster_table(report)
        == cluster_head_line(report) + "\n" + line()
             + "\n… 5 more\nc: /run/c: gone\n");
}

} // namespace
