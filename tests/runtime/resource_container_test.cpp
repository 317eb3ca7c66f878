#include "troupe/runtime/resource_tree.hpp"

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
  REQUIRE(rows.size() == 14);
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

TEST_CASE("It is found by its identity as long as it exists.") {
  resource_tree tree{1};
  auto one = tree.make(tree.root(), "one");
  auto inner = tree.make(one, "inner");
  auto id = inner->id();
  CHECK(tree.find(id) == inner);
  CHECK(tree.find(one->id()) == one);
  CHECK(tree.find(id + 1) == nullptr);
  inner = nullptr;
  CHECK(tree.find(id) == nullptr);
}

TEST_CASE("What is published counts in all ancestors.") {
  resource_tree tree{1};
  auto tenant = tree.make(tree.root(), "tenant");
  auto leaf = tree.make(tenant, "leaf");
  resource_usage more;
  std::uint64_t n = 0;
  for (auto x : resource_totals)
    more.*x = ++n;
  more.memory_bytes = 7;
  leaf->publish(more);
  more.memory_bytes = -6;
  leaf->publish(more);
  for (auto* x : {leaf.get(), tenant.get(), tree.root().get()}) {
    auto used = x->usage();
    n = 0;
    for (auto y : resource_totals)
      CHECK(used.*y == 2 * ++n);
    CHECK(used.memory_bytes == 1);
  }
  leaf = nullptr;
  CHECK(tenant->usage().cpu_ns == 2);
}

TEST_CASE("Usages add up field by field.") {
  resource_usage sum;
  resource_usage more;
  std::uint64_t n = 0;
  for (auto x : resource_totals) {
    sum.*x = ++n;
    more.*x = 100 * n;
  }
  for (auto x : resource_gauges) {
    sum.*x = 5;
    more.*x = -7;
  }
  sum += more;
  n = 0;
  for (auto x : resource_totals)
    CHECK(sum.*x == 101 * ++n);
  for (auto x : resource_gauges)
    CHECK(sum.*x == -2);
}

TEST_CASE("Connections are counted at each level and bounded at each.") {
  resource_tree tree{1};
  auto tenant = tree.make(tree.root(), "tenant", at_most(3));
  auto one = tree.make(tenant, "one", at_most(2));
  auto two = tree.make(tenant, "two", at_most(2));
  CHECK_FALSE(one->open_connection(0));
  CHECK_FALSE(one->open_connection(0));
  auto refused = one->open_connection(0);
  CHECK(refused.by == one);
  CHECK(refused.why == refusal::connections_max);
  CHECK(refused.limit == 2);
  CHECK_FALSE(two->open_connection(0));
  CHECK(two->open_connection(0).by == tenant);
  CHECK(one->usage().connections == 2);
  CHECK(two->usage().connections == 1);
  CHECK(tenant->usage().connections == 3);
  CHECK(tree.root()->usage().connections == 3);
  CHECK(one->usage().drops == 1);
  CHECK(tenant->usage().drops == 2);
  CHECK(tree.root()->usage().drops == 2);
  one->close_connection();
  CHECK_FALSE(two->open_connection(0));
  CHECK(tenant->usage().connections == 3);
}

TEST_CASE("A connection moves down from its parent without counting twice.") {
  resource_tree tree{1};
  auto tenant = tree.make(tree.root(), "tenant", at_most(1));
  CHECK_FALSE(tenant->open_connection(0));
  auto leaf = tree.make(tenant, "leaf");
  leaf->take_over_connection();
  CHECK(tenant->usage().connections == 1);
  CHECK(leaf->usage().connections == 1);
  leaf->close_connection();
  CHECK(tenant->usage().connections == 0);
  CHECK(leaf->usage().connections == 0);
  CHECK(tree.root()->usage().connections == 0);
}

TEST_CASE("Messages that wait are counted and bounded at each level.") {
  resource_tree tree{1};
  resource_attributes few;
  few.queued_messages_max = 3;
  auto tenant = tree.make(tree.root(), "tenant", few);
  auto one = tree.make(tenant, "one");
  auto two = tree.make(tenant, "two");
  CHECK_FALSE(one->queue_message(0));
  CHECK_FALSE(one->queue_message(0));
  CHECK_FALSE(two->queue_message(0));
  auto refused = two->queue_message(0);
  CHECK(refused.by == tenant);
  CHECK(refused.why == refusal::queued_messages_max);
  CHECK(refused.limit == 3);
  one->add_queued_messages(-1);
  CHECK_FALSE(two->queue_message(0));
  CHECK(one->staged_messages() == 1);
  CHECK(two->staged_messages() == 2);
  CHECK(tenant->usage().queued_messages == 3);
  CHECK(tree.root()->usage().queued_messages == 3);
}

TEST_CASE("From three quarters of what may be held on nothing is read.") {
  resource_tree tree{1};
  resource_attributes little;
  little.memory_max = 1'000;
  auto tenant = tree.make(tree.root(), "tenant", little);
  auto leaf = tree.make(tenant, "leaf");
  auto beside = tree.make(tree.root(), "beside");
  REQUIRE(leaf->has_io_limits());
  REQUIRE(leaf->has_memory_limits());
  leaf->add_memory(749);
  CHECK(leaf->may_read(0).retry_ns == 0);
  leaf->add_memory(1);
  auto wait = leaf->may_read(5);
  CHECK(wait.retry_ns == 5 + limits::throttle_retry_ns);
  CHECK(wait.why == throttle::memory_max);
  CHECK(beside->may_read(5).retry_ns == 0);
  leaf->add_memory(250);
  CHECK_FALSE(leaf->exceeds_memory());
  CHECK(leaf->queue_message(0).why == refusal::memory_max);
  CHECK(leaf->open_connection(0).by == tenant);
  leaf->add_memory(1);
  CHECK(leaf->exceeds_memory().by == tenant);
  CHECK(leaf->exceeds_memory().limit == 1'000);
  CHECK_FALSE(beside->exceeds_memory());
}

TEST_CASE("Rates hold for it and for all above it.") {
  constexpr std::uint64_t now = 10'000'000'000;
  constexpr std::uint64_t ms = 1'000'000;
  resource_tree tree{1};
  resource_attributes slow;
  slow.read_rate_max = 100'000;
  slow.write_rate_max = 1'000'000;
  auto tenant = tree.make(tree.root(), "tenant", slow);
  auto one = tree.make(tenant, "one");
  auto two = tree.make(tenant, "two");
  auto first = one->may_read(now);
  CHECK(first.retry_ns == 0);
  CHECK(first.bytes_max == 10'000);
  one->has_read(now, 10'000);
  CHECK(one->may_read(now).retry_ns > now);
  CHECK(two->may_read(now).retry_ns > now);
  CHECK(two->may_read(now).why == throttle::read_rate_max);
  CHECK(two->may_read(now + ms).retry_ns == 0);
  // A system call for less is a waste; what it takes too much is paid back.
  CHECK(two->may_read(now + ms).bytes_max == limits::rated_bytes_min);
  two->has_read(now + ms, 1'100);
  CHECK(one->may_read(now + 10 * ms).retry_ns == now + 11 * ms + 10'000);
  CHECK(two->may_write(now).bytes_max == 100'000);
  two->has_written(now, 100'000);
  CHECK(one->may_write(now).why == throttle::write_rate_max);
}

TEST_CASE("What is changed takes effect, or nothing is.") {
  resource_tree tree{2};
  auto a = tree.make(tree.root(), "a");
  auto b = tree.make(tree.root(), "b");
  auto to = a->attributes();
  to.shares = 7;
  to.cpu_min = 0.5;
  to.cpu_max = 0.75;
  to.memory_max = 1;
  to.connections_max = 2;
  to.queued_messages_max = 3;
  to.staged_messages_max = 4;
  to.read_rate_max = 5;
  to.write_rate_max = 6;
  CHECK(a->change(to) == "");
  auto now = a->attributes();
  CHECK(now.shares == 7);
  CHECK(now.cpu_min == 0.5);
  CHECK(now.cpu_max == 0.75);
  CHECK(now.memory_max == 1);
  CHECK(now.connections_max == 2);
  CHECK(now.queued_messages_max == 3);
  CHECK(now.staged_messages_max == 4);
  CHECK(now.read_rate_max == 5);
  CHECK(now.write_rate_max == 6);
  CHECK(a->cpu_cap()->rate() == 1'500'000'000);
  to.cpu_max = 0.4;
  CHECK(a->change(to) == "cpu_min is more than cpu_max");
  to.cpu_max = 2;
  CHECK(a->change(to) == "a part of the machine is from 0 to 1");
  auto more = b->attributes();
  more.cpu_min = 0.6;
  more.shares = 1'000;
  CHECK(b->change(more).find("cpu_min and those beside it")
        != std::string::npos);
  CHECK(b->shares() == limits::shares_default);
  CHECK(b->cpu_min() == 0);
  auto root = tree.root()->attributes();
  root.cpu_max = 0.5;
  CHECK(tree.root()->change(root) != "");
}

TEST_CASE("What moves takes with it what it holds, and leaves what it used.") {
  resource_tree tree{1};
  std::vector<resource_container*> told;
  auto before = tree.make(tree.root(), "before");
  auto after = tree.make(tree.root(), "after");
  auto x = tree.make(before, "x");
  auto below = tree.make(x, "below");
  tree.on_change([&](resource_container& y) { told.push_back(&y); });
  CHECK_FALSE(below->open_connection(0));
  CHECK_FALSE(below->queue_message(0));
  below->publish({.cpu_ns = 100, .memory_bytes = 50});
  CHECK(x->move_to(after) == "");
  CHECK(told == std::vector{x.get()});
  CHECK(x->parent() == after);
  CHECK(below->path() == "/after/x/below");
  CHECK(before->usage().cpu_ns == 100);
  CHECK(after->usage().cpu_ns == 0);
  for (auto gauge : resource_gauges) {
    CHECK(before->usage().*gauge == 0);
    CHECK(after->usage().*gauge == x->usage().*gauge);
    CHECK(tree.root()->usage().*gauge == x->usage().*gauge);
    CHECK(x->usage().*gauge > 0);
  }
  below->close_connection();
  CHECK(after->usage().connections == 0);
  auto rows = tree.snapshot();
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].name == "after")
      CHECK(rows[i + 1].name == "x");
  before = nullptr;
  CHECK(tree.snapshot().size() + 1 == rows.size());
}

TEST_CASE("What cannot be where it would be stays where it is.") {
  resource_tree tree{1};
  auto a = tree.make(tree.root(), "a", at_most(1));
  auto b = tree.make(tree.root(), "b");
  auto below = tree.make(b, "below");
  CHECK(b->move_to(b) == "it cannot be below itself");
  CHECK(b->move_to(below) == "it cannot be below itself");
  CHECK(b->move_to(tree.system()) != "");
  CHECK(tree.polling()->move_to(b) != "");
  REQUIRE(b->cpu_min(0.5));
  CHECK(b->move_to(a).find("cpu_min") != std::string::npos);
  REQUIRE(b->cpu_min(0));
  CHECK_FALSE(below->open_connection(0));
  CHECK_FALSE(below->open_connection(0));
  CHECK(b->move_to(a) == "connections_max of \"a\" is reached");
  // What is above both has room for it already.
  CHECK(below->move_to(tree.root()) == "");
  CHECK(tree.root()->usage().connections == 2);
  CHECK(b->usage().connections == 0);
  a->destroy("a test");
  CHECK(b->move_to(a) == "what is destroyed stays where it is");
  CHECK(a->move_to(b) == "what is destroyed stays where it is");
  CHECK(b->parent() == tree.root());
}

TEST_CASE("Who walks up while others move counts nothing twice.") {
  resource_tree tree{2};
  auto a = tree.make(tree.root(), "a");
  auto b = tree.make(tree.root(), "b");
  auto x = tree.make(a, "x");
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (auto i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (!is_over) {
        CHECK_FALSE(x->open_connection(0));
        CHECK_FALSE(x->queue_message(0));
        x->add_memory(100);
        x->close_connection();
        x->add_queued_messages(-1);
        x->add_memory(-100);
      }
    });
  for (auto i = 0; i < 20'000; ++i)
    CHECK(x->move_to(i % 2 == 0 ? b : a) == "");
  is_over = true;
  for (auto& y : threads)
    y.join();
  for (auto* y : {a.get(), b.get(), x.get(), tree.root().get()})
    for (auto gauge : resource_gauges)
      CHECK(y->usage().*gauge == 0);
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
  auto refused = late->open_connection(0);
  CHECK(refused.by == late);
  CHECK(refused.why == refusal::destroyed);
  CHECK_FALSE(other->open_connection(0));
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
