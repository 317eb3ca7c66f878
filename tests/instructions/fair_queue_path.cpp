// One turn of a fair queue among so many runnable leaves: a pick, its activity
// taken and queued again, and the settlement.

#include <cstddef>
#include <deque>

#include <doctest/doctest.h>

#include "troupe/runtime/fair_queue.hpp"
#include "troupe/tests/instructions/counted_work.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

/// Whole rounds of all leaves.
constexpr std::size_t turns = 100'000;

/// Turns of equal cost, so that all leaves take turns.
void run_turns(fair_queue& queue) {
  for (std::size_t i = 0; i < turns; ++i) {
    auto* leaf = queue.pick();
    queue.push(*leaf, *queue.take(*leaf));
    queue.settle(*leaf, 1'000);
  }
}

void share_among(std::size_t count) {
  fair_queue::node root{nullptr, 100};
  fair_queue queue{root};
  std::deque<fair_queue::node> leaves;
  std::deque<activity> work;
  for (std::size_t i = 0; i < count; ++i)
    queue.push(leaves.emplace_back(&root, 100), work.emplace_back());
  run_turns(queue);
  {
    counted_work counted;
    counted.run(turns, [&] { run_turns(queue); });
  }
  // All have got as much.
  for (auto& x : leaves)
    REQUIRE(x.virtual_time() == leaves.front().virtual_time());
  for (auto& x : leaves)
    static_cast<void>(queue.remove(x));
}

TEST_SUITE("fair_queue_10") {
  TEST_CASE("Ten take turns.") {
    share_among(10);
  }
}

TEST_SUITE("fair_queue_1000") {
  TEST_CASE("A thousand take turns.") {
    share_among(1'000);
  }
}

TEST_SUITE("fair_queue_100000") {
  TEST_CASE("A hundred thousand take turns.") {
    share_among(100'000);
  }
}

} // namespace
