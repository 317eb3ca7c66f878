// The fair queue against a model of it that is slow but obvious.

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/runtime/fair_queue.hpp"
#include "troupe/tests/support/seed.hpp"

namespace {

using namespace troupe;

/// What a fair queue should do, said as simply as possible: every question is
/// answered by looking at all nodes, and virtual time is a fraction.
class model_queue {
public:
  static constexpr std::size_t none = SIZE_MAX;

  struct model_node {
    std::size_t parent = none;
    std::size_t depth = 0;
    bool is_leaf = false;
    bool exists = true;
    std::uint64_t shares = 1;
    // Virtual time is `base + used / shares`, in sixteenths of ns. What was
    // left of a unit when the shares changed counts from the next charge on.
    std::uint64_t base = 0;
    std::uint64_t used = 0;
    std::uint64_t left = 0;
    std::uint64_t stamp = 0;
    std::uint64_t present = 0;
    std::uint64_t departed_time = 0;
    std::uint64_t departed_shares = 0;
    std::uint64_t usual_ns = 0;
    std::deque<activity*> work;
  };

  std::vector<model_node> nodes;
  std::size_t in_turn = none;

  std::uint64_t time(std::size_t i) const {
    return nodes[i].base + nodes[i].used / nodes[i].shares;
  }

  bool runnable(std::size_t i) const {
    if (i == in_turn || !nodes[i].work.empty())
      return true;
    for (auto child = i + 1; child < nodes.size(); ++child)
      if (nodes[child].exists && nodes[child].parent == i && runnable(child))
        return true;
    return false;
  }

  void add(std::size_t parent, bool is_leaf, std::uint64_t shares) {
    model_node x;
    x.parent = parent;
    x.depth = parent == none ? 0 : nodes[parent].depth + 1;
    x.is_leaf = is_leaf;
    x.shares = shares;
    if (parent != none) {
      auto& above = nodes[parent];
      x.base
        = above.present
          + std::max(lead(above, above.departed_time, above.departed_shares),
                     above.usual_ns * 16)
              / shares;
    }
    nodes.push_back(std::move(x));
  }

  void set_shares(std::size_t i, std::uint64_t shares) {
    auto& x = nodes[i];
    x.base = time(i);
    x.left += std::exchange(x.used, 0) % x.shares;
    x.shares = shares;
    if (runnable(i))
      limit_credit(i);
  }

  void push(std::size_t leaf, activity* what, bool front) {
    auto before = all_runnable();
    auto& work = nodes[leaf].work;
    work.insert(front ? work.begin() : work.end(), what);
    ++changes_;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (!before[i] && runnable(i)) {
        nodes[i].stamp = changes_;
        limit_credit(i);
      }
  }

  std::size_t pick() {
    if (!runnable(0))
      return none;
    std::size_t result = 0;
    while (!nodes[result].is_leaf) {
      auto best = none;
      for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].exists && nodes[i].parent == result && runnable(i)
            && (best == none
                || std::pair{time(i), nodes[i].stamp}
                     < std::pair{time(best), nodes[best].stamp}))
          best = i;
      auto& present = nodes[result].present;
      present = std::max(present, time(best));
      result = best;
    }
    return result;
  }

  void settle(std::size_t leaf, std::uint64_t cost_ns) {
    auto before = all_runnable();
    if (leaf == in_turn)
      in_turn = none;
    ++changes_;
    for (auto i = leaf; i != none; i = nodes[i].parent) {
      if (!before[i])
        limit_credit(i);
      nodes[i].used += cost_ns * 16 + std::exchange(nodes[i].left, 0);
      nodes[i].stamp = changes_;
      if (i != 0 && cost_ns > 0) {
        auto& above = nodes[nodes[i].parent];
        auto& usual_ns = above.usual_ns;
        usual_ns = cost_ns > usual_ns ? usual_ns + (cost_ns - usual_ns) / 16
                                      : usual_ns - (usual_ns - cost_ns) / 64;
      }
      if (!runnable(i))
        depart(i);
    }
  }

  void remove(std::size_t leaf) {
    auto before = all_runnable();
    nodes[leaf].work.clear();
    if (leaf == in_turn)
      in_turn = none;
    for (auto i = leaf; i != none; i = nodes[i].parent)
      if (before[i] && !runnable(i))
        depart(i);
  }

private:
  static std::uint64_t lead(const model_node& above, std::uint64_t time,
                            std::uint64_t shares) {
    return time > above.present ? (time - above.present) * shares : 0;
  }

  std::vector<bool> all_runnable() const {
    std::vector<bool> result;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      result.push_back(runnable(i));
    return result;
  }

  void limit_credit(std::size_t i) {
    if (i == 0)
      return;
    auto present = nodes[nodes[i].parent].present;
    auto least = present - std::min(present, 200'000 * 16 / nodes[i].shares);
    if (time(i) >= least)
      return;
    nodes[i].base = least;
    nodes[i].used = nodes[i].left = 0;
  }

  void depart(std::size_t i) {
    if (i == 0)
      return;
    auto& above = nodes[nodes[i].parent];
    if (lead(above, time(i), nodes[i].shares)
        < lead(above, above.departed_time, above.departed_shares))
      return;
    above.departed_time = time(i);
    above.departed_shares = nodes[i].shares;
  }

  std::uint64_t changes_ = 0;
};

/// Does the same at random to a fair queue and to its model.
class random_run {
public:
  explicit random_run(std::uint64_t seed) : random_(seed) {
    model_.add(model_queue::none, false, 1);
    nodes_.push_back(std::make_unique<fair_queue::node>(nullptr, 1));
    queue_ = std::make_unique<fair_queue>(*nodes_[0]);
  }

  ~random_run() {
    for (std::size_t i = 1; i < nodes_.size(); ++i)
      if (model_.nodes[i].exists && model_.nodes[i].is_leaf)
        remove(i);
    while (!nodes_.empty())
      nodes_.pop_back();
  }

  void step() {
    auto what = up_to(99);
    if (what < 30)
      push();
    else if (what < 75)
      turn();
    else if (what < 80)
      change_shares();
    else if (what < 85)
      charge();
    else if (what < 95)
      add();
    else
      destroy();
    queue_->check_invariants();
    auto expected = model_.pick();
    REQUIRE(
      queue_->pick()
      == (expected == model_queue::none ? nullptr : nodes_[expected].get()));
    REQUIRE(queue_->empty() == (expected == model_queue::none));
  }

private:
  std::size_t up_to(std::size_t max) {
    return std::uniform_int_distribution<std::size_t>{0, max}(random_);
  }

  std::uint32_t any_shares() {
    return static_cast<std::uint32_t>(up_to(9) == 0 ? 1 + up_to(999'999)
                                                    : 1 + up_to(9));
  }

  std::uint64_t any_cost() {
    auto us = up_to(9) == 0 ? up_to(300) : up_to(3);
    return up_to(9) == 0 ? up_to(9) : us * 1'000 + up_to(1) * up_to(999);
  }

  /// A node other than the root, or `none`.
  std::size_t any_node(bool leaf) {
    std::vector<std::size_t> all;
    for (std::size_t i = 1; i < nodes_.size(); ++i)
      if (model_.nodes[i].exists && model_.nodes[i].is_leaf == leaf)
        all.push_back(i);
    return all.empty() ? model_queue::none : all[up_to(all.size() - 1)];
  }

  void push() {
    auto leaf = any_node(true);
    if (leaf == model_queue::none)
      return;
    for (auto n = up_to(3); n > 0; --n) {
      auto& what = activities_.emplace_back();
      auto front = up_to(3) == 0;
      model_.push(leaf, &what, front);
      if (front)
        queue_->push_front(*nodes_[leaf], what);
      else
        queue_->push(*nodes_[leaf], what);
    }
  }

  /// Begins a turn, or goes on with it, or ends it.
  void turn() {
    if (model_.in_turn == model_queue::none) {
      model_.in_turn = model_.pick();
      return;
    }
    auto leaf = model_.in_turn;
    auto& work = model_.nodes[leaf].work;
    auto* expected = work.empty() ? nullptr : work.front();
    REQUIRE(queue_->take(*nodes_[leaf]) == expected);
    if (!work.empty())
      work.pop_front();
    if (up_to(2) > 0) {
      auto cost_ns = any_cost();
      model_.settle(leaf, cost_ns);
      queue_->settle(*nodes_[leaf], cost_ns);
    }
  }

  void change_shares() {
    auto i = any_node(up_to(1) == 0);
    if (i == model_queue::none)
      return;
    auto shares = any_shares();
    model_.set_shares(i, shares);
    queue_->shares(*nodes_[i], shares);
  }

  void charge() {
    auto leaf = any_node(true);
    if (leaf == model_queue::none || leaf == model_.in_turn)
      return;
    auto cost_ns = any_cost();
    model_.settle(leaf, cost_ns);
    queue_->settle(*nodes_[leaf], cost_ns);
  }

  void add() {
    std::size_t parent = 0;
    if (up_to(2) > 0)
      parent = std::min(any_node(false), any_node(false));
    if (parent == model_queue::none)
      parent = 0;
    auto shares = any_shares();
    auto is_leaf = model_.nodes[parent].depth == 3 || up_to(3) > 0;
    model_.add(parent, is_leaf, shares);
    nodes_.push_back(
      std::make_unique<fair_queue::node>(nodes_[parent].get(), shares));
    REQUIRE(nodes_.back()->virtual_time() == model_.time(nodes_.size() - 1));
  }

  void remove(std::size_t leaf) {
    auto left = queue_->remove(*nodes_[leaf]);
    for (auto* what : model_.nodes[leaf].work)
      REQUIRE(left.pop_front() == what);
    REQUIRE(left.empty());
    auto was_in_turn = leaf == model_.in_turn;
    model_.remove(leaf);
    if (was_in_turn) {
      auto cost_ns = any_cost();
      model_.settle(leaf, cost_ns);
      queue_->settle(*nodes_[leaf], cost_ns);
    }
  }

  void destroy() {
    auto i = any_node(up_to(3) > 0);
    if (i == model_queue::none)
      return;
    for (auto& x : model_.nodes)
      if (x.exists && x.parent == i)
        return;
    if (model_.nodes[i].is_leaf)
      remove(i);
    model_.nodes[i].exists = false;
    nodes_[i] = nullptr;
  }

  std::mt19937_64 random_;
  model_queue model_;
  std::deque<activity> activities_;
  std::vector<std::unique_ptr<fair_queue::node>> nodes_;
  std::unique_ptr<fair_queue> queue_;
};

TEST_CASE("Random trees under random use pick what a simple model picks.") {
  auto seed = troupe::test::seed();
  for (std::uint64_t n = 0; n < 50; ++n) {
    CAPTURE(seed);
    CAPTURE(n);
    random_run run{seed + n};
    for (auto i = 0; i < 500; ++i)
      run.step();
  }
}

} // namespace
