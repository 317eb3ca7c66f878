#include "troupe/runtime/fair_queue.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/runtime/abort_text.hpp"
#include "troupe/tests/support/allocations.hpp"
#include "troupe/tests/support/seed.hpp"

namespace {

using namespace troupe;
using troupe::test::abort_text;
using troupe::test::allocations;

constexpr std::uint64_t us = 1'000;
constexpr std::uint64_t ms = 1'000'000;

struct job : activity {
  explicit job(std::uint64_t cost) : cost_ns(cost) {
    // nop
  }

  std::uint64_t cost_ns;
};

/// A node with jobs that are queued again as soon as they have run, unless
/// `repeats` is off.
struct client : fair_queue::node {
  client(node* parent, std::uint32_t shares) : node(parent, shares) {
    // nop
  }

  void add_job(fair_queue& queue, std::uint64_t cost_ns) {
    queue.push(*this, jobs.emplace_back(cost_ns));
  }

  void retire(fair_queue& queue) {
    auto left = queue.remove(*this);
    while (left.pop_front() != nullptr) {
      // nop
    }
  }

  std::deque<job> jobs;
  bool repeats = true;
  std::uint64_t used_ns = 0;
  std::uint64_t longest_ns = 0;
  std::uint64_t turns = 0;
};

/// A turn of one job. Null if nothing is runnable.
client* tick(fair_queue& queue) {
  auto* leaf = queue.pick();
  if (leaf == nullptr)
    return nullptr;
  auto* result = static_cast<client*>(&leaf->payer());
  auto* what = static_cast<job*>(queue.take(*leaf));
  auto cost_ns = what->cost_ns;
  if (result->repeats)
    queue.push(*result, *what);
  queue.settle(*leaf, cost_ns);
  queue.check_invariants();
  for (fair_queue::node* x = result; x != nullptr; x = x->parent()) {
    auto& paying = static_cast<client&>(*x);
    paying.used_ns += cost_ns;
    paying.longest_ns = std::max(paying.longest_ns, cost_ns);
    ++paying.turns;
  }
  return result;
}

/// Whether what `x` and `y` used, per share, differs by no more than one turn
/// of one of them. The rest is rounding: a sixteenth of a ns per share.
bool is_fair(const client& x, const client& y) {
  auto weigh = [](std::uint64_t ns, const client& other) {
    return static_cast<std::int64_t>(ns * other.shares());
  };
  auto difference = std::abs(weigh(x.used_ns, y) - weigh(y.used_ns, x));
  auto turn = std::max(weigh(x.longest_ns, y), weigh(y.longest_ns, x));
  return difference <= turn + weigh(x.shares(), y) / 16 + 1;
}

TEST_CASE("An activity list is first in, first out, but for push_front.") {
  activity_list list;
  activity a;
  activity b;
  activity c;
  CHECK(list.empty());
  CHECK(list.pop_front() == nullptr);
  list.push_back(a);
  list.push_back(b);
  list.push_front(c);
  activity_list moved{std::move(list)};
  CHECK(moved.pop_front() == &c);
  CHECK(moved.pop_front() == &a);
  CHECK(a.next == nullptr);
  moved.push_back(a);
  CHECK(moved.pop_front() == &b);
  CHECK(moved.pop_front() == &a);
  CHECK(moved.empty());
}

TEST_CASE("A node is small, as there is one for each connection.") {
  CHECK(sizeof(fair_queue::node) <= 64);
}

TEST_CASE("An empty queue picks nobody.") {
  client root{nullptr, 1};
  client leaf{&root, 1};
  fair_queue queue{root};
  CHECK(queue.empty());
  CHECK(queue.pick() == nullptr);
  CHECK(queue.take(leaf) == nullptr);
  leaf.repeats = false;
  leaf.add_job(queue, us);
  CHECK(!queue.empty());
  CHECK(tick(queue) == &leaf);
  CHECK(queue.empty());
  CHECK(queue.pick() == nullptr);
}

TEST_CASE("A root without children is a leaf.") {
  client root{nullptr, 1};
  root.repeats = false;
  fair_queue queue{root};
  root.add_job(queue, us);
  CHECK(tick(queue) == &root);
  CHECK(queue.empty());
}

TEST_CASE("Two nodes use the worker by their shares, exact to one turn.") {
  const std::uint32_t shares[] = {1, 3, 10};
  for (auto b_shares : shares) {
    client root{nullptr, 1};
    client a{&root, 1};
    client b{&root, b_shares};
    fair_queue queue{root};
    a.add_job(queue, 7 * us);
    for (std::uint64_t i = 0; i < 50; ++i)
      b.add_job(queue, 100 * us + i * 23 * us);
    for (auto i = 0; i < 5'000; ++i) {
      tick(queue);
      REQUIRE(is_fair(a, b));
    }
    CHECK(a.turns > 1'000);
    a.retire(queue);
    b.retire(queue);
  }
}

TEST_CASE("However short the turns, virtual time loses nothing.") {
  client root{nullptr, 1};
  client million{&root, 1'000'000};
  client three{&root, 3};
  fair_queue queue{root};
  for (auto i = 0; i < 1'000'000; ++i) {
    queue.settle(million, 1);
    queue.settle(three, 1);
  }
  CHECK(million.virtual_time() == 16);
  CHECK(three.virtual_time() == 16'000'000 / 3);
}

TEST_CASE("An absurdly long turn is charged as the longest there is.") {
  client root{nullptr, 1};
  client leaf{&root, 1};
  fair_queue queue{root};
  queue.settle(leaf, UINT64_MAX);
  CHECK(leaf.virtual_time() == fair_queue::cost_ns_max * 16);
}

TEST_CASE("Equal ones take turns in the order in which they woke.") {
  client root{nullptr, 1};
  client a{&root, 1};
  client b{&root, 1};
  client c{&root, 1};
  fair_queue queue{root};
  client* order[] = {&b, &c, &a};
  for (auto* x : order)
    x->add_job(queue, us);
  for (auto i = 0; i < 9; ++i)
    CHECK(tick(queue) == order[i % 3]);
  for (auto* x : order)
    x->retire(queue);
}

TEST_CASE("While one of many has its turn, it is known whose turn is next.") {
  // In a row and a heap, and then, as they have less to do, in a heap.
  for (auto count : {1u, 5u, 200u}) {
    client root{nullptr, 1};
    std::list<client> clients;
    fair_queue queue{root};
    for (std::size_t i = 0; i < count; ++i) {
      auto& x = clients.emplace_back(&root, 1);
      x.repeats = false;
      for (std::size_t j = 0; j <= i % 7; ++j)
        x.add_job(queue, us + (i + j) % 3);
    }
    const fair_queue::node* expected = nullptr;
    std::size_t known = 0;
    while (auto* leaf = queue.pick()) {
      CHECK((expected == nullptr || expected == leaf));
      expected = queue.behind(*leaf);
      CHECK(expected != leaf);
      if (expected != nullptr)
        ++known;
      tick(queue);
      // What it has used may leave it the first.
      if (queue.pick() == leaf)
        expected = leaf;
    }
    CHECK(expected == nullptr);
    CHECK((known > 0) == (count > 64));
  }
}

TEST_CASE("A long sleep earns two long turns at most.") {
  client root{nullptr, 1};
  client hog{&root, 1};
  client sleeper{&root, 1};
  fair_queue queue{root};
  hog.add_job(queue, ms);
  sleeper.repeats = false;
  sleeper.add_job(queue, ms);
  for (auto i = 0; i < 1'001; ++i)
    tick(queue);
  CHECK(hog.used_ns == 1'000 * ms);
  CHECK(sleeper.used_ns == ms);
  sleeper.repeats = true;
  hog.used_ns = sleeper.used_ns = 0;
  for (auto i = 0; i < 50; ++i)
    sleeper.add_job(queue, ms);
  CHECK(tick(queue) == &sleeper);
  for (auto i = 0; i < 99; ++i) {
    tick(queue);
    REQUIRE(sleeper.used_ns <= hog.used_ns + 2 * ms);
    REQUIRE(hog.used_ns <= sleeper.used_ns);
  }
  hog.retire(queue);
  sleeper.retire(queue);
}

TEST_CASE("Who has slept runs a short burst at once, and no long one.") {
  client root{nullptr, 1};
  client hog{&root, 1};
  client sleeper{&root, 1};
  fair_queue queue{root};
  hog.add_job(queue, 10 * us);
  sleeper.repeats = false;
  sleeper.add_job(queue, us);
  auto sleep = [&] {
    for (auto i = 0; i < 1'000; ++i)
      tick(queue);
  };
  sleep();
  for (auto i = 0; i < 20; ++i)
    sleeper.add_job(queue, 10 * us);
  for (auto i = 0; i < 20; ++i)
    CHECK(tick(queue) == &sleeper);
  sleep();
  sleeper.used_ns = 0;
  for (auto i = 0; i < 1'000; ++i)
    sleeper.add_job(queue, 10 * us);
  while (tick(queue) == &sleeper)
    REQUIRE(sleeper.used_ns <= 220 * us);
  // From then on they take turns.
  hog.used_ns = sleeper.used_ns = 0;
  for (auto i = 0; i < 1'000; ++i) {
    tick(queue);
    REQUIRE(is_fair(hog, sleeper));
  }
  sleeper.retire(queue);
  hog.retire(queue);
}

TEST_CASE("A short burst goes before a thousand that wake and sleep.") {
  client root{nullptr, 1};
  client speaker{&root, 1};
  client sleeper{&root, 1};
  std::vector<std::unique_ptr<client>> listeners;
  for (auto i = 0; i < 1'000; ++i)
    listeners.push_back(std::make_unique<client>(&root, 1));
  fair_queue queue{root};
  speaker.add_job(queue, 10 * us);
  sleeper.repeats = false;
  for (auto& x : listeners)
    x->repeats = false;
  for (std::size_t round = 0; round < 1'000; ++round) {
    for (std::size_t i = 0; i < 16; ++i)
      listeners[(16 * round + i) % listeners.size()]->add_job(queue, 5 * us);
    for (auto i = 0; i < 17; ++i)
      tick(queue);
  }
  for (std::size_t i = 0; i < 16; ++i)
    listeners[i]->add_job(queue, 5 * us);
  for (auto i = 0; i < 20; ++i)
    sleeper.add_job(queue, 10 * us);
  auto turns = 0;
  while (sleeper.runnable()) {
    tick(queue);
    ++turns;
  }
  CHECK(turns <= 36);
  speaker.retire(queue);
  for (auto& x : listeners)
    x->retire(queue);
}

TEST_CASE("Who wakes often gets no more than its shares.") {
  client root{nullptr, 1};
  client hog{&root, 1};
  client napper{&root, 1};
  fair_queue queue{root};
  hog.add_job(queue, 10 * us);
  napper.repeats = false;
  for (auto i = 0; i < 10'000; ++i) {
    if (!napper.runnable() && i % 3 == 0)
      napper.add_job(queue, 50 * us);
    tick(queue);
    REQUIRE(napper.used_ns <= hog.used_ns + 250 * us);
  }
  CHECK(napper.used_ns > 10 * ms);
  hog.retire(queue);
  napper.retire(queue);
}

TEST_CASE("A short nap does not make a long turn forgotten.") {
  client root{nullptr, 1};
  client heavy{&root, 1};
  client light{&root, 1};
  fair_queue queue{root};
  heavy.repeats = false;
  heavy.add_job(queue, 10 * ms);
  light.add_job(queue, ms);
  CHECK(tick(queue) == &heavy);
  CHECK(!heavy.runnable());
  heavy.add_job(queue, 10 * ms);
  for (auto i = 0; i < 10; ++i)
    CHECK(tick(queue) == &light);
  CHECK(tick(queue) == &heavy);
  light.retire(queue);
}

TEST_CASE("What is charged to a leaf that has nothing to run is not lost.") {
  client root{nullptr, 1};
  client busy{&root, 1};
  client idle{&root, 1};
  fair_queue queue{root};
  busy.add_job(queue, ms);
  for (auto i = 0; i < 100; ++i)
    tick(queue);
  queue.settle(idle, 5 * ms);
  CHECK(!idle.runnable());
  idle.add_job(queue, ms);
  busy.turns = 0;
  while (tick(queue) != &idle) {
    // nop
  }
  CHECK(busy.turns == 4); // It was lifted to where the last turn began.
  busy.retire(queue);
  idle.retire(queue);
}

TEST_CASE("A group gets its shares, and its leaves share what it gets.") {
  client root{nullptr, 1};
  client few{&root, 1};
  client many{&root, 3};
  client a{&few, 100};
  client b{&few, 200};
  client c{&few, 300};
  client d{&many, 1};
  fair_queue queue{root};
  a.add_job(queue, 90 * us);
  b.add_job(queue, 30 * us);
  c.add_job(queue, 55 * us);
  d.add_job(queue, 70 * us);
  d.add_job(queue, 20 * us);
  for (auto i = 0; i < 20'000; ++i) {
    tick(queue);
    REQUIRE(is_fair(few, many));
    REQUIRE(is_fair(a, b));
    REQUIRE(is_fair(b, c));
    REQUIRE(is_fair(a, c));
  }
  CHECK(root.used_ns == few.used_ns + many.used_ns);
  CHECK(few.used_ns == a.used_ns + b.used_ns + c.used_ns);
  for (auto* x : {&a, &b, &c, &d})
    x->retire(queue);
  CHECK(queue.empty());
  CHECK(!few.runnable());
}

TEST_CASE("A group of a thousand gets no more than a group of one.") {
  client root{nullptr, 1};
  client crowd{&root, 1};
  client tenant{&root, 1};
  client alone{&tenant, 1};
  std::deque<client> members;
  fair_queue queue{root};
  for (auto i = 0; i < 1'000; ++i)
    members.emplace_back(&crowd, 1).add_job(queue, 50 * us);
  alone.add_job(queue, 50 * us);
  for (auto i = 0; i < 4'000; ++i) {
    tick(queue);
    REQUIRE(is_fair(crowd, tenant));
  }
  for (auto& x : members) {
    CHECK(x.turns == 2);
    x.retire(queue);
  }
  alone.retire(queue);
}

TEST_CASE("Everyone waits for a bounded number of turns of the others.") {
  client root{nullptr, 1};
  std::deque<client> clients;
  std::map<client*, std::uint64_t> last_turn;
  fair_queue queue{root};
  std::uint64_t shares_total = 0;
  for (std::uint32_t i = 1; i <= 100; ++i) {
    clients.emplace_back(&root, i).add_job(queue, us);
    shares_total += i;
  }
  for (std::uint64_t now = 0; now < 50'000; ++now) {
    auto* x = tick(queue);
    auto waited = now - std::exchange(last_turn[x], now);
    REQUIRE(waited <= shares_total / x->shares() + 2 * clients.size());
  }
  CHECK(last_turn.size() == clients.size());
  for (auto& x : clients)
    x.retire(queue);
}

TEST_CASE("Ten thousand nodes that come, run once and go starve nobody.") {
  for (std::size_t at_a_time : {1U, 2U, 10U}) {
    client root{nullptr, 1};
    client resident{&root, 1};
    fair_queue queue{root};
    resident.add_job(queue, 100 * us);
    std::deque<std::unique_ptr<client>> visitors;
    std::uint64_t waited = 0;
    std::uint64_t visitors_used_ns = 0;
    for (auto n = 0; n < 10'000;) {
      while (visitors.size() < at_a_time) {
        auto& x = *visitors.emplace_back(std::make_unique<client>(&root, 1));
        x.repeats = false;
        // Nearly all are cheap, but the dear ones count.
        x.add_job(queue, n++ % 10 == 0 ? 100 * us : us);
      }
      auto* x = tick(queue);
      waited = x == &resident ? 0 : waited + 1;
      REQUIRE(waited <= 20 * at_a_time);
      if (x != &resident) {
        visitors_used_ns += x->used_ns;
        std::erase_if(visitors, [x](auto& y) { return y.get() == x; });
      }
      REQUIRE(visitors_used_ns
              <= (resident.used_ns + 3 * 100 * us) * at_a_time);
    }
    for (auto& x : visitors)
      x->retire(queue);
    resident.retire(queue);
  }
}

TEST_CASE("Those that come, run and stay for one more turn starve nobody.") {
  // A connection for each request, of which the end has to be run, too.
  client root{nullptr, 1};
  client lasting{&root, 1};
  fair_queue queue{root};
  lasting.add_job(queue, 200 * us);
  std::list<client> brief;
  auto come = [&] {
    auto& x = brief.emplace_back(&root, 1);
    x.repeats = false;
    x.add_job(queue, 200 * us);
    x.add_job(queue, us);
  };
  for (auto i = 0; i < 35; ++i)
    come();
  std::size_t most = 0;
  for (auto i = 0; i < 20'000; ++i) {
    auto* served = tick(queue);
    REQUIRE(served != nullptr);
    if (served == &lasting)
      continue;
    if (served->turns == 1)
      come();
    else
      brief.remove_if([&](client& x) { return &x == served; });
    most = std::max(most, brief.size());
  }
  // One part in 36 of some 2 s, give or take the usual turn.
  CHECK(lasting.used_ns >= 30 * ms);
  CHECK(most < 300);
  lasting.retire(queue);
  for (auto& x : brief)
    x.retire(queue);
}

TEST_CASE("New shares weigh what is used from then on.") {
  client root{nullptr, 1};
  client a{&root, 1};
  client b{&root, 1};
  fair_queue queue{root};
  a.add_job(queue, 30 * us);
  b.add_job(queue, 20 * us);
  for (auto i = 0; i < 1'000; ++i)
    tick(queue);
  auto before = a.virtual_time();
  queue.shares(a, 5);
  CHECK(a.shares() == 5);
  CHECK(a.virtual_time() == before);
  a.used_ns = b.used_ns = 0;
  for (auto i = 0; i < 1'000; ++i) {
    tick(queue);
    // The last turn with the old shares may have been anybody's.
    REQUIRE(a.used_ns <= 5 * b.used_ns + 2 * 5 * 30 * us);
    REQUIRE(5 * b.used_ns <= a.used_ns + 2 * 5 * 30 * us);
  }
  a.retire(queue);
  b.retire(queue);
}

TEST_CASE("More shares do not make more of what sleeping has earned.") {
  client root{nullptr, 1};
  client hog{&root, 100};
  client sleeper{&root, 1};
  fair_queue queue{root};
  hog.add_job(queue, 10 * us);
  for (auto i = 0; i < 10'000; ++i)
    tick(queue);
  sleeper.add_job(queue, 10 * us);
  queue.shares(sleeper, 10'000);
  // And a hundred times what the other one has used in its last turn.
  while (tick(queue) == &sleeper)
    REQUIRE(sleeper.used_ns <= 200 * us + 100 * 10 * us);
  sleeper.retire(queue);
  hog.retire(queue);
}

TEST_CASE("push_front makes an activity the next of its leaf.") {
  client root{nullptr, 1};
  client leaf{&root, 1};
  fair_queue queue{root};
  activity a;
  activity b;
  activity c;
  queue.push(leaf, a);
  queue.push_front(leaf, b);
  queue.push(leaf, c);
  CHECK(queue.take(leaf) == &b);
  CHECK(queue.take(leaf) == &a);
  CHECK(queue.take(leaf) == &c);
  queue.settle(leaf, us);
  CHECK(queue.empty());
}

TEST_CASE("remove takes a leaf out with all it had, in order.") {
  client root{nullptr, 1};
  client group{&root, 1};
  client a{&group, 1};
  client b{&root, 1};
  fair_queue queue{root};
  for (std::uint64_t i = 0; i < 3; ++i)
    a.add_job(queue, us);
  b.add_job(queue, us);
  auto list = queue.remove(a);
  queue.check_invariants();
  CHECK(!a.runnable());
  CHECK(!group.runnable());
  for (auto& x : a.jobs)
    CHECK(list.pop_front() == &x);
  CHECK(list.empty());
  CHECK(queue.remove(a).empty());
  CHECK(tick(queue) == &b);
  b.retire(queue);
  CHECK(queue.empty());
}

TEST_CASE("A leaf may be removed in the middle of its turn and still pays.") {
  client root{nullptr, 1};
  client group{&root, 1};
  client a{&group, 1};
  client b{&root, 1};
  fair_queue queue{root};
  a.add_job(queue, us);
  a.add_job(queue, us);
  b.add_job(queue, us);
  REQUIRE(queue.pick() == &a);
  queue.take(a);
  a.retire(queue);
  CHECK(!a.runnable());
  CHECK(queue.pick() == &b);
  queue.settle(a, ms);
  queue.check_invariants();
  CHECK(a.virtual_time() == 16 * ms);
  CHECK(group.virtual_time() == 16 * ms);
  CHECK(!group.runnable());
  b.retire(queue);
}

TEST_CASE("A leaf stays in the queue through its turn.") {
  client root{nullptr, 1};
  client leaf{&root, 1};
  fair_queue queue{root};
  activity a;
  activity b;
  queue.push(leaf, a);
  CHECK(queue.pick() == &leaf);
  CHECK(queue.take(leaf) == &a);
  CHECK(queue.take(leaf) == nullptr);
  CHECK(leaf.runnable());
  CHECK(!leaf.has_activities());
  queue.push(leaf, b);
  queue.settle(leaf, us);
  CHECK(leaf.runnable());
  CHECK(queue.take(leaf) == &b);
  queue.settle(leaf, us);
  CHECK(!leaf.runnable());
}

TEST_CASE("As few come and go, a queue allocates nothing.") {
  fair_queue::node root{nullptr, 1};
  fair_queue queue{root};
  std::deque<fair_queue::node> leaves;
  std::deque<activity> work(10);
  for (std::size_t i = 0; i < work.size(); ++i)
    queue.push(leaves.emplace_back(&root, 1), work[i]);
  // One leaves and comes back at a time.
  auto turn = [&] {
    auto* leaf = queue.pick();
    auto* what = queue.take(*leaf);
    queue.settle(*leaf, us);
    queue.push(*leaf, *what);
  };
  for (auto i = 0; i < 100; ++i)
    turn();
  auto before = allocations::now().count;
  for (auto i = 0; i < 1'000; ++i)
    turn();
  CHECK(allocations::now().count == before);
  for (auto& x : leaves)
    static_cast<void>(queue.remove(x));
}

TEST_CASE("Once it has held its most nodes, a queue allocates nothing.") {
  client root{nullptr, 1};
  std::deque<client> clients;
  fair_queue queue{root};
  for (auto i = 0; i < 100; ++i)
    clients.emplace_back(&root, 1).add_job(queue, us);
  for (auto& x : clients)
    x.retire(queue);
  auto before = allocations::now().count;
  for (auto& x : clients)
    queue.push(x, x.jobs.front());
  for (auto i = 0; i < 1'000; ++i)
    tick(queue);
  for (auto& x : clients)
    x.retire(queue);
  CHECK(allocations::now().count == before);
}

// -- own work, ranks and holds ------------------------------------------------

TEST_CASE("What an inner node has to do itself counts as one more child.") {
  client root{nullptr, 1};
  client group{&root, 1};
  client a{&group, 100};
  client b{&group, 200};
  fair_queue queue{root};
  group.add_job(queue, us);
  a.add_job(queue, us);
  b.add_job(queue, us);
  for (auto i = 0; i < 4'000; ++i)
    REQUIRE(tick(queue) != nullptr);
  CHECK(a.used_ns == 1'000 * us);
  CHECK(b.used_ns == 2'000 * us);
  CHECK(group.used_ns == 4'000 * us);
  a.retire(queue);
  b.retire(queue);
  group.retire(queue);
  CHECK(queue.empty());
}

TEST_CASE("A leaf that gets children goes on with what it had to do.") {
  client root{nullptr, 1};
  client group{&root, 1};
  fair_queue queue{root};
  group.add_job(queue, us);
  group.add_job(queue, us);
  std::optional<client> made;
  SUBCASE("before its turn") {
    made.emplace(&group, 100);
    made->add_job(queue, us);
  }
  SUBCASE("in its turn") {
    auto* leaf = queue.pick();
    REQUIRE(leaf == &group);
    auto* what = queue.take(*leaf);
    made.emplace(&group, 100);
    made->add_job(queue, us);
    queue.push(group, *what);
    CHECK(queue.take(*leaf) == nullptr);
    queue.settle(*leaf, us);
    queue.check_invariants();
  }
  auto& child = *made;
  auto before = group.used_ns;
  for (auto i = 0; i < 100; ++i)
    REQUIRE(tick(queue) != nullptr);
  CHECK(group.used_ns - before == 100 * us);
  CHECK(child.used_ns == doctest::Approx(50 * us).epsilon(0.05));
  child.retire(queue);
  group.retire(queue);
  CHECK(queue.empty());
}

TEST_CASE("Who has no shares runs when nobody else wants to.") {
  client root{nullptr, 1};
  client busy{&root, 1};
  client poor{&root, 0};
  client poorer{&root, 0};
  fair_queue queue{root};
  busy.add_job(queue, us);
  poor.add_job(queue, us);
  poorer.add_job(queue, 2 * us);
  for (auto i = 0; i < 100; ++i)
    CHECK(tick(queue) == &busy);
  busy.retire(queue);
  for (auto i = 0; i < 300; ++i)
    REQUIRE(tick(queue) != nullptr);
  CHECK(poor.used_ns == doctest::Approx(200 * us).epsilon(0.02));
  CHECK(poorer.used_ns == doctest::Approx(200 * us).epsilon(0.02));
  SUBCASE("One that comes back is not kept waiting.") {
    busy.add_job(queue, us);
    CHECK(tick(queue) == &busy);
    busy.retire(queue);
  }
  SUBCASE("One that gets shares competes from then on.") {
    queue.shares(poor, 1);
    queue.check_invariants();
    busy.add_job(queue, us);
    auto before = busy.used_ns;
    for (auto i = 0; i < 100; ++i)
      CHECK(tick(queue) != &poorer);
    CHECK(busy.used_ns - before == doctest::Approx(50 * us).epsilon(0.05));
    busy.retire(queue);
    queue.shares(poor, 0);
    queue.check_invariants();
  }
  poor.retire(queue);
  poorer.retire(queue);
  CHECK(queue.empty());
}

TEST_CASE("Who is guaranteed runs first, and pays for it later.") {
  client root{nullptr, 1};
  client a{&root, 1};
  client b{&root, 1};
  fair_queue queue{root};
  a.add_job(queue, us);
  b.add_job(queue, us);
  queue.guarantee(a, true);
  for (auto i = 0; i < 100; ++i)
    CHECK(tick(queue) == &a);
  queue.guarantee(a, false);
  for (auto i = 0; i < 99; ++i)
    CHECK(tick(queue) == &b);
  for (auto i = 0; i < 101; ++i)
    REQUIRE(tick(queue) != nullptr);
  CHECK(a.used_ns == b.used_ns);
  a.retire(queue);
  b.retire(queue);
}

TEST_CASE("A guarantee served early does not lift those that wake.") {
  client root{nullptr, 1};
  client a{&root, 1};
  client b{&root, 1};
  client late{&root, 1};
  fair_queue queue{root};
  a.add_job(queue, ms);
  b.add_job(queue, us);
  queue.guarantee(a, true);
  for (auto i = 0; i < 100; ++i)
    REQUIRE(tick(queue) == &a);
  late.add_job(queue, us);
  queue.guarantee(a, false);
  for (auto i = 0; i < 100; ++i)
    CHECK(tick(queue) != &a);
  CHECK(late.used_ns == b.used_ns);
  for (auto* x : {&a, &b, &late})
    x->retire(queue);
}

TEST_CASE("Who is held does not run, nor does anyone below.") {
  client root{nullptr, 1};
  client group{&root, 1};
  client inside{&group, 1};
  client other{&root, 1};
  fair_queue queue{root};
  inside.add_job(queue, us);
  other.add_job(queue, us);
  auto* held = &group;
  SUBCASE("a group") {
    held = &group;
  }
  SUBCASE("a leaf") {
    held = &inside;
  }
  queue.hold(*held);
  queue.check_invariants();
  CHECK(held->is_held());
  for (auto i = 0; i < 10; ++i)
    CHECK(tick(queue) == &other);
  inside.add_job(queue, us);
  other.retire(queue);
  CHECK(queue.empty());
  CHECK(queue.pick() == nullptr);
  queue.release(*held);
  queue.check_invariants();
  CHECK(tick(queue) == &inside);
  inside.retire(queue);
  CHECK(queue.empty());
}

TEST_CASE("What is held in its turn finishes it and pays.") {
  client root{nullptr, 1};
  client a{&root, 1};
  fair_queue queue{root};
  a.add_job(queue, us);
  a.add_job(queue, us);
  auto* leaf = queue.pick();
  REQUIRE(leaf == &a);
  auto* what = queue.take(*leaf);
  queue.hold(a);
  queue.push(a, *what);
  queue.settle(a, 5 * us);
  queue.check_invariants();
  CHECK(queue.empty());
  CHECK(a.virtual_time() == 5 * us * 16);
  queue.release(a);
  CHECK(tick(queue) == &a);
  queue.hold(a);
  a.retire(queue);
  queue.release(a);
  CHECK(queue.empty());
}

TEST_CASE("Holding for a while earns no more than sleeping.") {
  client root{nullptr, 1};
  client a{&root, 1};
  client b{&root, 1};
  fair_queue queue{root};
  a.add_job(queue, us);
  b.add_job(queue, us);
  queue.hold(a);
  for (auto i = 0; i < 10'000; ++i)
    REQUIRE(tick(queue) == &b);
  queue.release(a);
  auto before = b.used_ns;
  for (auto i = 0; i < 10'000; ++i)
    REQUIRE(tick(queue) != nullptr);
  CHECK(a.used_ns - (b.used_ns - before) <= 400 * us);
  a.retire(queue);
  b.retire(queue);
}

TEST_CASE("Misuse aborts with the rule that was broken.") {
  client root{nullptr, 1};
  client group{&root, 1};
  client leaf{&group, 1};
  client other_root{nullptr, 1};
  client other_leaf{&other_root, 1};
  fair_queue queue{root};
  activity what;
  auto says = [](const std::string& text, const char* rule) {
    return text.find(rule) != std::string::npos;
  };
  CHECK(says(abort_text([&] { client{&root, 1'000'001}; }), "at most 1,000"));
  CHECK(
    says(abort_text([&] { queue.shares(leaf, 1'000'001); }), "at most 1,000"));
  CHECK(says(abort_text([&] { queue.hold(root); }), "A root is not held"));
  CHECK(says(abort_text([&] { fair_queue{leaf}; }), "A root has no parent"));
  CHECK(says(abort_text([&] { queue.push(other_leaf, what); }),
             "under the root it descends from"));
  CHECK(says(abort_text([&] {
               queue.push(leaf, what);
               queue.push(leaf, what);
             }),
             "in one list at a time"));
  CHECK(says(abort_text([&] {
               client brief{&root, 1};
               queue.push(brief, what);
             }),
             "leaves the queue before"));
}

TEST_CASE("Siblings that always have work are fair, whoever comes and goes.") {
  auto seed = troupe::test::seed();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  auto up_to = [&](std::uint64_t max) {
    return std::uniform_int_distribution<std::uint64_t>{0, max}(random);
  };
  for (auto n = 0; n < 20; ++n) {
    // The even ones among the leaves always have work, hence so do the groups.
    client root{nullptr, 1};
    fair_queue queue{root};
    std::deque<client> groups;
    std::deque<client> leaves;
    auto any_shares = [&] { return static_cast<std::uint32_t>(1 + up_to(99)); };
    for (auto i = 0; i < 6; ++i) {
      auto* parent = i < 3 ? &root
                           : &groups[up_to(static_cast<unsigned>(i) - 1)];
      groups.emplace_back(parent, any_shares());
    }
    for (auto& group : groups)
      for (auto i = 0; i < 4; ++i) {
        auto& x = leaves.emplace_back(&group, any_shares());
        x.repeats = i % 2 == 0;
        for (auto jobs = 1 + up_to(4); x.repeats && jobs > 0; --jobs)
          x.add_job(queue, 1 + up_to(ms));
      }
    for (auto i = 0; i < 1'000; ++i) {
      auto& guest = leaves[up_to(leaves.size() / 2 - 1) * 2 + 1];
      guest.add_job(queue, up_to(ms));
      tick(queue);
      std::map<fair_queue::node*, std::vector<client*>> families;
      for (auto* all : {&groups, &leaves})
        for (auto& x : *all)
          if (all == &groups || x.repeats)
            families[x.parent()].push_back(&x);
      for (auto& [parent, siblings] : families)
        for (auto* x : siblings)
          for (auto* y : siblings)
            REQUIRE(is_fair(*x, *y));
    }
    for (auto& x : leaves)
      x.retire(queue);
  }
}

TEST_CASE("However many siblings there are, the least virtual time is next.") {
  auto seed = troupe::test::seed();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  auto up_to = [&](std::uint64_t max) {
    return std::uniform_int_distribution<std::uint64_t>{0, max}(random);
  };
  fair_queue::node root{nullptr, 1};
  fair_queue queue{root};
  std::deque<fair_queue::node> leaves;
  std::deque<activity> work(200);
  for (std::size_t i = 0; i < work.size(); ++i)
    leaves.emplace_back(&root, static_cast<std::uint32_t>(1 + i % 3));
  // Comes and goes in waves, so that a few become many and few again.
  for (auto step = 0; step < 20'000; ++step) {
    auto wants_more = step / 500 % 2 == 0;
    auto i = up_to(work.size() - 1);
    if (up_to(9) < (wants_more ? 7u : 3u)) {
      if (work[i].next == nullptr)
        queue.push(leaves[i], work[i]);
    } else if (up_to(9) == 0) {
      [[maybe_unused]] auto left = queue.remove(leaves[i]);
      while (left.pop_front() != nullptr)
        ; // nop
    } else if (auto* picked = queue.pick()) {
      for (auto& x : leaves)
        if (x.runnable())
          REQUIRE(picked->virtual_time() <= x.virtual_time());
      auto* next = queue.take(*picked);
      if (up_to(3) == 0)
        queue.push(*picked, *next);
      queue.settle(*picked, up_to(5 * us));
    }
    queue.check_invariants();
  }
  for (auto& x : leaves) {
    auto left = queue.remove(x);
    while (left.pop_front() != nullptr)
      ; // nop
  }
}

} // namespace
