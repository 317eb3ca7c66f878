#include "troupe/actors/ledger_snapshot.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

struct fixture {
  resource_tree tree{2};

  resource_container_ptr make(const resource_container_ptr& parent,
                              std::string name, std::uint64_t cpu_ns = 0) {
    auto result = tree.make(parent, std::move(name));
    resource_usage used;
    used.cpu_ns = cpu_ns;
    result->publish(used);
    return result;
  }
};

admin::GetLedger below(const std::string& path) {
  admin::GetLedger result;
  result.set_path(path);
  return result;
}

admin::GetLedger at_most(std::uint32_t rows) {
  admin::GetLedger result;
  result.set_rows_max(rows);
  return result;
}

std::vector<std::string> names(const admin::Ledger& x) {
  std::vector<std::string> result;
  for (auto& row : x.resource_containers())
    result.push_back(row.name());
  return result;
}

const admin::ResourceContainer& row(const admin::Ledger& x,
                                    const resource_container_ptr& of) {
  static const admin::ResourceContainer nothing;
  for (auto& y : x.resource_containers())
    if (y.id() == of->id())
      return y;
  FAIL("no such row");
  return nothing;
}

/// Whether each has its parent before it.
bool is_tree(const admin::Ledger& x) {
  std::map<std::uint64_t, std::uint32_t> depths;
  for (auto& y : x.resource_containers()) {
    auto is_root = y.parent_id() == 0;
    if (is_root ? !depths.empty() || y.depth() != 0
                : !depths.contains(y.parent_id())
                    || depths[y.parent_id()] + 1 != y.depth())
      return false;
    depths.emplace(y.id(), y.depth());
  }
  return !depths.empty();
}

TEST_CASE_FIXTURE(fixture,
                  "There is a row for each, and all it has is in it.") {
  resource_attributes how;
  how.shares = 300;
  how.cpu_max = 0.5;
  how.memory_max = 6;
  how.connections_max = 7;
  how.queued_messages_max = 8;
  how.staged_messages_max = 9;
  how.read_rate_max = 10'000;
  how.write_rate_max = 11'000;
  auto gold = tree.make(tree.root(), "gold", how);
  REQUIRE(gold->cpu_min(0.25));
  auto inner = tree.make(gold, "inner");
  resource_usage used;
  std::uint64_t value = 0;
  for (auto total : resource_totals)
    used.*total = ++value;
  inner->publish(used);
  inner->open_connection(0);
  inner->add_memory(20);
  inner->add_queued_messages(30);
  inner->count_throttle(throttle::read_rate_max, gold->id());
  gold->freeze();
  auto x = snapshot(tree, 4711);
  CHECK(x.time_ns() == 4711);
  CHECK(x.workers() == 2);
  CHECK(x.rows_omitted() == 0);
  CHECK(std::size_t(x.resource_containers_size()) == tree.snapshot().size());
  CHECK(is_tree(x));
  auto& outer = row(x, gold);
  CHECK(outer.parent_id() == tree.root()->id());
  CHECK(outer.depth() == 1);
  CHECK(outer.name() == "gold");
  CHECK(outer.is_frozen());
  CHECK_FALSE(outer.is_destroyed());
  CHECK(outer.last_throttle() == "read_rate_max");
  CHECK(outer.last_throttle_by() == gold->id());
  auto& all = outer.attributes();
  CHECK(all.shares() == 300);
  CHECK(all.cpu_min() == 0.25);
  CHECK(all.cpu_max() == 0.5);
  CHECK(all.memory_max() == 6);
  CHECK(all.connections_max() == 7);
  CHECK(all.queued_messages_max() == 8);
  CHECK(all.staged_messages_max() == 9);
  CHECK(all.read_rate_max() == 10'000);
  CHECK(all.write_rate_max() == 11'000);
  CHECK_FALSE(row(x, inner).is_frozen());
  for (auto& of : {gold, inner}) {
    auto& usage = row(x, of).usage();
    CHECK(usage.cpu_ns() == 1);
    CHECK(usage.bytes_in() == 2);
    CHECK(usage.bytes_out() == 3);
    CHECK(usage.frames_in() == 4);
    CHECK(usage.frames_out() == 5);
    CHECK(usage.turns() == 6);
    CHECK(usage.waited_ns() == 7);
    CHECK(usage.drops() == 8);
    CHECK(usage.throttles() == 9 + 1);
    CHECK(usage.suspensions() == 10);
    CHECK(usage.denials() == 11);
    CHECK(usage.destructions() == 12);
    CHECK(usage.memory_bytes() == 20);
    CHECK(usage.queued_messages() == 30);
    CHECK(usage.connections() == 1);
  }
}

TEST_CASE_FIXTURE(fixture, "What is destroyed says why.") {
  auto gold = make(tree.root(), "gold");
  gold->destroy("a test");
  auto x = snapshot(tree, 0);
  CHECK(row(x, gold).is_destroyed());
  CHECK(row(x, gold).destroyed_because() == "a test");
}

TEST_CASE_FIXTURE(fixture, "A part of the tree comes with what is above it.") {
  auto gold = make(tree.root(), "gold");
  auto a = make(gold, "a");
  auto deep = make(a, "deep");
  auto other = make(tree.root(), "other");
  using rows = std::vector<std::string>;
  CHECK(names(snapshot(tree, 0, below("gold/a")))
        == rows{"", "gold", "a", "deep"});
  CHECK(names(snapshot(tree, 0, below("/gold/a")))
        == rows{"", "gold", "a", "deep"});
  CHECK(names(snapshot(tree, 0, below("other"))) == rows{"", "other"});
  CHECK(names(snapshot(tree, 0, below("a"))).empty());
  auto which = below("gold");
  which.set_depth_max(1);
  CHECK(names(snapshot(tree, 0, which)) == rows{"", "gold", "a"});
}

TEST_CASE_FIXTURE(fixture, "Of too many rows those with most CPU time stay.") {
  auto gold = make(tree.root(), "gold");
  std::vector<resource_container_ptr> all;
  for (std::uint64_t i = 1; i <= 20; ++i)
    all.push_back(make(gold, "c" + std::to_string(i), i));
  auto count = tree.snapshot().size();
  auto x = snapshot(tree, 0, at_most(5));
  CHECK(is_tree(x));
  auto found = names(x);
  std::sort(found.begin(), found.end());
  CHECK(found == std::vector<std::string>{"", "c18", "c19", "c20", "gold"});
  CHECK(x.rows_omitted() == count - 5);
  CHECK(snapshot(tree, 0, at_most(1)).resource_containers_size() == 1);
}

TEST_CASE_FIXTURE(fixture, "However many there are, they fit in a frame.") {
  auto name = std::string(1'000, 'x');
  std::vector<resource_container_ptr> all;
  auto top = make(tree.root(), name);
  // Each row is as large as it can be.
  resource_attributes how;
  how.shares = 1'000'000;
  how.connections_max = UINT64_MAX;
  how.queued_messages_max = UINT64_MAX;
  how.staged_messages_max = UINT64_MAX;
  resource_usage used;
  for (auto total : resource_totals)
    used.*total = UINT64_MAX;
  for (std::size_t i = 0; i < limits::admin_rows_max; ++i) {
    all.push_back(tree.make(top, name, how));
    all.back()->publish(used);
    all.back()->add_memory(-1);
    all.back()->add_queued_messages(-1);
    all.back()->freeze();
  }
  top->destroy(name);
  auto x = snapshot(tree, UINT64_MAX, at_most(UINT32_MAX));
  CHECK(std::size_t(x.resource_containers_size()) == limits::admin_rows_max);
  CHECK(x.rows_omitted() > 0);
  CHECK(row(x, top).name().size() == limits::admin_text_bytes_max);
  CHECK(x.ByteSizeLong() < limits::admin_frame_bytes_max);
}

} // namespace
