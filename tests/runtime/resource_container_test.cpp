#include "troupe/runtime/resource_container.hpp"

#include <doctest/doctest.h>

#include "troupe/runtime/fair_queue.hpp"

namespace {

using namespace troupe;

resource_attributes at_most(std::size_t connections) {
  resource_attributes result;
  result.connections_max = connections;
  return result;
}

TEST_CASE("A resource container has a path from the root.") {
  resource_tree tree{1};
  auto tenant = tree.make(tree.root(), "tenant");
  auto leaf = tree.make(tenant, "127.0.0.1:4711");
  CHECK(tree.root()->path() == "");
  CHECK(leaf->path() == "/tenant/127.0.0.1:4711");
  CHECK(leaf->parent() == tenant.get());
  CHECK(tree.polling()->path() == "/system/polling");
}

TEST_CASE("Identities are never used again.") {
  resource_tree tree{1};
  auto id = tree.make(tree.root(), "x")->id();
  CHECK(tree.make(tree.root(), "x")->id() > id);
}

TEST_CASE("Shares are cut to what the queue can take.") {
  resource_tree tree{1};
  auto x = tree.make(tree.root(), "x");
  CHECK(x->shares() == limits::shares_default);
  x->shares(0);
  CHECK(x->shares() == 0);
  x->shares(UINT32_MAX);
  CHECK(x->shares() == fair_queue::shares_max);
  resource_attributes none;
  none.shares = 0;
  CHECK(tree.make(tree.root(), "y", none)->shares() == 0);
}

TEST_CASE("A snapshot has each resource container below its parent.") {
  resource_tree tree{1};
  auto a = tree.make(tree.root(), "a");
  auto a1 = tree.make(a, "a1");
  auto a2 = tree.make(a, "a2");
  auto b = tree.make(tree.root(), "b");
  auto rows = tree.snapshot();
  REQUIRE(rows.size() == 12);
  CHECK(rows[0].depth == 0);
  CHECK(rows[0].id == tree.root()->id());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    CHECK(rows[i].depth >= 1);
    CHECK(rows[i].depth <= rows[i - 1].depth + 1);
  }
  auto find = [&](std::uint64_t id) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (rows[i].id == id)
        return i;
    return rows.size();
  };
  auto i = find(a->id());
  REQUIRE(i + 2 < rows.size());
  CHECK(rows[i].name == "a");
  CHECK(rows[i].depth == 1);
  for (auto* x : {a1.get(), a2.get()}) {
    auto j = find(x->id());
    CHECK(j > i);
    CHECK(j <= i + 2);
    CHECK(rows[j].depth == 2);
  }
  CHECK(rows[find(b->id())].depth == 1);
}

TEST_CASE("It leaves the tree when the last one lets go, children first.") {
  resource_tree tree{1};
  auto before = tree.snapshot().size();
  auto parent = tree.make(tree.root(), "parent");
  auto one = tree.make(parent, "one");
  auto two = tree.make(parent, "two");
  auto three = tree.make(parent, "three");
  parent = nullptr;
  CHECK(tree.snapshot().size() == before + 4);
  two = nullptr;
  CHECK(tree.snapshot().size() == before + 3);
  three = nullptr;
  CHECK(tree.snapshot().size() == before + 2);
  one = nullptr;
  CHECK(tree.snapshot().size() == before);
}

TEST_CASE("What is published counts in all ancestors.") {
  resource_tree tree{1};
  auto tenant = tree.make(tree.root(), "tenant");
  auto leaf = tree.make(tenant, "leaf");
  leaf->publish({1, 2, 3, 4, 5, 6, 7, 7, 8, 0});
  leaf->publish({10, 20, 30, 40, 50, 60, 70, -6, -7, 0});
  for (auto* x : {leaf.get(), tenant.get(), tree.root().get()}) {
    auto used = x->usage();
    CHECK(used.cpu_ns == 11);
    CHECK(used.bytes_in == 22);
    CHECK(used.bytes_out == 33);
    CHECK(used.frames_in == 44);
    CHECK(used.frames_out == 55);
    CHECK(used.drops == 66);
    CHECK(used.throttles == 77);
    CHECK(used.queued_bytes == 1);
    CHECK(used.staged_messages == 1);
  }
  leaf = nullptr;
  CHECK(tenant->usage().cpu_ns == 11);
}

TEST_CASE("Usages add up field by field.") {
  resource_usage sum{1, 2, 3, 4, 5, 6, 7, 7, 8, 9};
  sum += {10, 20, 30, 40, 50, 60, 70, -70, -80, -90};
  CHECK(sum.cpu_ns == 11);
  CHECK(sum.bytes_in == 22);
  CHECK(sum.bytes_out == 33);
  CHECK(sum.frames_in == 44);
  CHECK(sum.frames_out == 55);
  CHECK(sum.drops == 66);
  CHECK(sum.throttles == 77);
  CHECK(sum.queued_bytes == -63);
  CHECK(sum.staged_messages == -72);
  CHECK(sum.connections == -81);
}

TEST_CASE("Connections are counted at each level and bounded at each.") {
  resource_tree tree{1};
  auto tenant = tree.make(tree.root(), "tenant", at_most(3));
  auto one = tree.make(tenant, "one", at_most(2));
  auto two = tree.make(tenant, "two", at_most(2));
  CHECK(one->open_connection() == nullptr);
  CHECK(one->open_connection() == nullptr);
  CHECK(one->open_connection() == one.get());
  CHECK(two->open_connection() == nullptr);
  CHECK(two->open_connection() == tenant.get());
  CHECK(one->usage().connections == 2);
  CHECK(two->usage().connections == 1);
  CHECK(tenant->usage().connections == 3);
  CHECK(tree.root()->usage().connections == 3);
  CHECK(one->usage().drops == 1);
  CHECK(tenant->usage().drops == 2);
  CHECK(tree.root()->usage().drops == 2);
  one->close_connection();
  CHECK(two->open_connection() == nullptr);
  CHECK(tenant->usage().connections == 3);
}

TEST_CASE("A connection moves down from its parent without counting twice.") {
  resource_tree tree{1};
  auto tenant = tree.make(tree.root(), "tenant", at_most(1));
  CHECK(tenant->open_connection() == nullptr);
  auto leaf = tree.make(tenant, "leaf");
  leaf->take_over_connection();
  CHECK(tenant->usage().connections == 1);
  CHECK(leaf->usage().connections == 1);
  leaf->close_connection();
  CHECK(tenant->usage().connections == 0);
  CHECK(leaf->usage().connections == 0);
  CHECK(tree.root()->usage().connections == 0);
}

TEST_CASE("Staged messages are counted where they are staged.") {
  resource_tree tree{1};
  auto x = tree.make(tree.root(), "x");
  x->add_staged_messages(3);
  x->add_staged_messages(-1);
  CHECK(x->staged_messages() == 2);
  CHECK(tree.root()->staged_messages() == 0);
}

TEST_CASE("Destroying takes all that is below, and what comes later.") {
  resource_tree tree{1};
  std::vector<resource_container*> told;
  tree.on_change([&](resource_container& x) { told.push_back(&x); });
  auto group = tree.make(tree.root(), "group");
  auto inside = tree.make(group, "inside");
  auto deeper = tree.make(inside, "deeper");
  auto other = tree.make(tree.root(), "other");
  group->destroy("enough");
  CHECK(told == std::vector{group.get()});
  for (auto* x : {group.get(), inside.get(), deeper.get()}) {
    CHECK(x->is_destroyed());
    CHECK(x->destroyed_because() == "enough");
  }
  CHECK_FALSE(other->is_destroyed());
  CHECK_FALSE(tree.root()->is_destroyed());
  auto late = tree.make(deeper, "late");
  CHECK(late->is_destroyed());
  CHECK(late->destroyed_because() == "enough");
  CHECK(late->open_connection() == late.get());
  CHECK(other->open_connection() == nullptr);
  other->close_connection();
  group->destroy("twice");
  CHECK(group->destroyed_because() == "enough");
  CHECK(told.size() == 1);
}

TEST_CASE("What the runtime needs cannot be stopped.") {
  resource_tree tree{1};
  for (auto* x :
       {tree.root().get(), tree.system().get(), tree.polling().get()}) {
    x->freeze();
    CHECK_FALSE(x->is_frozen());
    x->cpu_max(0.1);
    CHECK(x->cpu_max() == 1);
    x->destroy("a test");
    CHECK_FALSE(x->is_destroyed());
  }
  tree.application()->freeze();
  CHECK(tree.application()->is_frozen());
  tree.application()->thaw();
  CHECK_FALSE(tree.application()->is_frozen());
}

} // namespace
