#include "troupe/runtime/fair_queue.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "troupe/runtime/check.hpp"
#include "troupe/runtime/fair_queue_siblings.hpp"

namespace troupe {

namespace {

constexpr std::uint64_t units_per_ns = 16;

/// By how much a guarantee may put a node ahead of its siblings: as much as it
/// can get while a cap's window lasts.
constexpr std::uint64_t guaranteed_lead_ns_max = 100'000'000;

/// What who has slept may use before its time: two full turns.
constexpr std::uint64_t sleeper_credit_ns = 200'000;

/// Turns over which what is usual is averaged: few on the way up, more on the
/// way down, since each connection has some short turns for its begin and end.
constexpr std::uint64_t turns_up = 16;
constexpr std::uint64_t turns_down = 64;

} // namespace

/// What a node knows of its children as a group.
class fair_queue::node::children {
public:
  bool empty() const noexcept {
    return count_ == 0;
  }

  /// The child whose turn it is. Its virtual time becomes the present, unless
  /// it is served before its time.
  node& pick() noexcept {
    auto* best = ranks_.data();
    while (best->empty())
      ++best;
    auto& result = best->first();
    if (!result.is_guaranteed_) {
      auto& present = history_of(result).present;
      present = std::max(present, result.virtual_time_);
    }
    return result;
  }

  node* behind(const node& x) noexcept {
    return of(x).second();
  }

  /// The virtual time that `x` starts with.
  std::uint64_t start(const node& x) noexcept {
    auto& past = history_of(x);
    auto debit = std::max(past.lead(past.departed_time, past.departed_weight),
                          past.usual_cost * units_per_ns);
    return past.present + debit / x.weight();
  }

  /// Takes what a turn of `x` has cost into what is usual.
  void note_turn(const node& x, std::uint64_t cost_ns) noexcept {
    auto& usual = history_of(x).usual_cost;
    if (cost_ns > usual)
      usual += (cost_ns - usual) / turns_up;
    else
      usual -= (usual - cost_ns) / turns_down;
  }

  std::uint64_t present(const node& x) noexcept {
    return history_of(x).present;
  }

  /// Notes how far `x`, which is leaving the queue, is ahead of the present.
  void depart(const node& x) noexcept {
    auto& past = history_of(x);
    if (past.lead(x.virtual_time_, x.weight())
        < past.lead(past.departed_time, past.departed_weight))
      return;
    past.departed_time = x.virtual_time_;
    past.departed_weight = x.weight();
  }

  void reserve_one(const node& x) {
    of(x).reserve_one();
  }

  void insert(node& x) noexcept {
    of(x).insert(x);
    ++count_;
  }

  void erase(node& x) noexcept {
    of(x).erase(x);
    --count_;
  }

  void served(node& x) noexcept {
    of(x).served(x);
  }

  void check_invariants() const {
    for (auto& x : ranks_)
      x.check_invariants();
  }

  /// The parent's own work; null until it has any beside children.
  std::unique_ptr<node> own;

private:
  /// What is remembered of those with shares, and of those without.
  struct history {
    /// What `weight` has used beyond the present, in sixteenths of a ns.
    std::uint64_t lead(std::uint64_t time,
                       std::uint32_t weight) const noexcept {
      return time > present ? (time - present) * weight : 0;
    }

    std::uint64_t present = 0;
    /// Who left the queue with the greatest lead over the present.
    std::uint64_t departed_time = 0;
    std::uint32_t departed_weight = 0;
    /// A running average of what turns cost, in ns.
    std::uint64_t usual_cost = 0;
  };

  siblings& of(const node& x) noexcept {
    return ranks_[static_cast<std::size_t>(x.rank_)];
  }

  history& history_of(const node& x) noexcept {
    return histories_[x.shares_ > 0 ? 0 : 1];
  }

  /// By `rank`.
  std::array<siblings, 3> ranks_;
  std::array<history, 2> histories_;
  std::size_t count_ = 0;
};

fair_queue::node::node(node* parent, std::uint32_t shares)
  : parent_(parent), shares_(shares), rank_(place()) {
  TROUPE_CHECK(shares <= shares_max, "A node has at most 1,000,000 shares.");
  if (parent_ == nullptr)
    return;
  parent_->make_children();
  virtual_time_ = parent_->children_->start(*this);
}

fair_queue::node::node(node& host, own_work) : node(&host, own_shares) {
  is_own_ = true;
}

fair_queue::node::~node() {
  TROUPE_CHECK(!runnable(), "A node leaves the queue before it is destroyed.");
  TROUPE_CHECK(!has_activities(), "A destroyed node has no activities.");
}

void fair_queue::node::make_children() {
  if (children_ == nullptr)
    children_ = std::make_unique<children>();
}

bool fair_queue::node::has_runnable_children() const noexcept {
  return children_ != nullptr && !children_->empty();
}

bool fair_queue::node::wants_to_run() const noexcept {
  return !activities_.empty() || has_runnable_children();
}

fair_queue::rank fair_queue::node::place() const noexcept {
  if (is_guaranteed_)
    return rank::guaranteed;
  return shares_ > 0 ? rank::normal : rank::leftover;
}

void fair_queue::node::lift() noexcept {
  if (!runnable() && parent_ != nullptr)
    limit_credit();
}

void fair_queue::node::limit_credit() noexcept {
  auto present = parent_->children_->present(*this);
  auto credit = sleeper_credit_ns * units_per_ns;
  auto behind = present - std::min(present, virtual_time_);
  if (behind <= credit && behind * weight() <= credit)
    return;
  virtual_time_ = present - credit / weight();
  remainder_ = 0;
}

/// A guarantee counts against shares, but not for ever.
void fair_queue::node::limit_lead() noexcept {
  auto lead_max = guaranteed_lead_ns_max * units_per_ns / weight();
  virtual_time_ = std::min(virtual_time_,
                           parent_->children_->present(*this) + lead_max);
}

void fair_queue::node::charge(std::uint64_t cost_ns) noexcept {
  auto used = cost_ns * units_per_ns + remainder_;
  virtual_time_ += used / weight();
  remainder_ = static_cast<std::uint32_t>(used % weight());
}

void fair_queue::node::check_children() const {
  if (children_ != nullptr)
    children_->check_invariants();
}

fair_queue::fair_queue(node& root) : root_(root) {
  TROUPE_CHECK(root.parent() == nullptr, "A root has no parent.");
}

void fair_queue::push_slowly(node& x, activity& what, bool at_front) {
  auto& leaf = x.children_ != nullptr ? own_work_of(x) : x;
  wake(leaf);
  if (at_front)
    leaf.activities_.push_front(what);
  else
    leaf.activities_.push_back(what);
}

/// The child that stands for what `x` has to do itself.
fair_queue::node& fair_queue::own_work_of(node& x) {
  auto& own = x.children_->own;
  if (own == nullptr)
    own.reset(new node{x, node::own_work{}});
  return *own;
}

fair_queue::node* fair_queue::pick() noexcept {
  if (empty())
    return nullptr;
  auto* result = &root_;
  while (result->has_runnable_children())
    result = &result->children_->pick();
  return result;
}

fair_queue::node* fair_queue::behind(const node& leaf) const noexcept {
  auto* above = leaf.parent_;
  return above != nullptr ? above->children_->behind(leaf) : nullptr;
}

void fair_queue::settle(node& leaf, std::uint64_t cost_ns) noexcept {
  cost_ns = std::min(cost_ns, cost_ns_max);
  ++stamp_;
  auto* x = &leaf;
  // The root has no siblings to be compared with.
  for (auto* above = x->parent_; above != nullptr; above = x->parent_) {
    x->lift();
    x->charge(cost_ns);
    if (x->is_guaranteed_)
      x->limit_lead();
    x->stamp_ = stamp_;
    if (cost_ns > 0)
      above->children_->note_turn(*x, cost_ns);
    if (!x->wants_to_run())
      drop(*x);
    else if (x->runnable())
      above->children_->served(*x);
    x = above;
  }
  if (!x->wants_to_run())
    drop(*x);
}

/// Has `change` alter what the place of `x` among its siblings depends on.
template <class F>
void fair_queue::move(node& x, F change) {
  auto is_in_heap = x.runnable() && x.parent_ != nullptr;
  if (is_in_heap)
    x.parent_->children_->erase(x);
  change();
  x.rank_ = x.place();
  if (!is_in_heap)
    return;
  x.parent_->children_->reserve_one(x);
  x.parent_->children_->insert(x);
}

void fair_queue::shares(node& x, std::uint32_t value) {
  TROUPE_CHECK(value <= shares_max, "A node has at most 1,000,000 shares.");
  auto changes_rank = (x.shares_ > 0) != (value > 0) && x.parent_ != nullptr;
  if (!changes_rank) {
    x.shares_ = value;
    // What it has yet to use of its credit is less virtual time now.
    if (x.runnable() && x.parent_ != nullptr)
      move(x, [&] { x.limit_credit(); });
    return;
  }
  move(x, [&] {
    x.shares_ = value;
    x.virtual_time_ = x.parent_->children_->start(x);
    x.remainder_ = 0;
  });
}

void fair_queue::hold(node& x) noexcept {
  TROUPE_CHECK(x.parent_ != nullptr, "A root is not held.");
  if (std::exchange(x.is_held_, true) || !x.runnable())
    return;
  drop(x);
  drop_if_idle(*x.parent_);
}

void fair_queue::release(node& x) {
  if (!std::exchange(x.is_held_, false))
    return;
  if (x.wants_to_run())
    wake(x);
}

void fair_queue::guarantee(node& x, bool value) {
  if (x.is_guaranteed_ != value)
    move(x, [&] { x.is_guaranteed_ = value; });
}

bool fair_queue::withdraw(node& x, activity& what) noexcept {
  auto* host = &x;
  if (!x.activities_.erase(what)) {
    if (x.children_ == nullptr || x.children_->own == nullptr)
      return false;
    host = x.children_->own.get();
    if (!host->activities_.erase(what))
      return false;
  }
  drop_if_idle(*host);
  return true;
}

void fair_queue::move_below(node& parent, node& x) {
  auto& before = *x.parent_;
  auto present = before.children_->present(x);
  auto lead = std::max(x.virtual_time_, present) - present;
  if (x.runnable()) {
    drop(x);
    drop_if_idle(before);
  }
  parent.make_children();
  x.parent_ = &parent;
  x.virtual_time_ = parent.children_->present(x) + lead;
  if (x.wants_to_run() && !x.is_held_)
    wake(x);
}

activity_list fair_queue::remove(node& leaf) noexcept {
  auto& x = leaf.children_ != nullptr && leaf.children_->own != nullptr
              ? *leaf.children_->own
              : leaf;
  activity_list result{std::move(x.activities_)};
  drop_if_idle(x);
  return result;
}

/// Queues `x` and those above it, up to one that is queued or held.
void fair_queue::wake(node& x) {
  auto* top = &x;
  for (; !top->runnable() && !top->is_held_ && top->parent_ != nullptr;
       top = top->parent_) {
    split_off_own_work(*top->parent_);
    top->parent_->children_->reserve_one(*top);
  }
  TROUPE_CHECK(top->runnable() || top->is_held_ || top == &root_,
               "A node is queued under the root it descends from.");
  // From here on nothing can fail.
  ++stamp_;
  for (auto* y = &x; y != nullptr && !y->runnable() && !y->is_held_;
       y = y->parent_) {
    y->stamp_ = stamp_;
    y->lift();
    if (y->parent_ != nullptr)
      y->parent_->children_->insert(*y);
    else
      y->slot_ = 0;
  }
}

/// A leaf that gets children keeps what it had to do, as one of them.
void fair_queue::split_off_own_work(node& x) {
  if (x.activities_.empty())
    return;
  auto& own = own_work_of(x);
  x.children_->reserve_one(own);
  own.activities_ = std::move(x.activities_);
  own.stamp_ = ++stamp_;
  own.lift();
  x.children_->insert(own);
}

void fair_queue::drop(node& x) noexcept {
  if (x.parent_ == nullptr) {
    x.slot_ = node::not_queued;
    return;
  }
  auto& siblings = *x.parent_->children_;
  if (x.runnable())
    siblings.erase(x);
  siblings.depart(x);
}

/// Drops `x` and those above it, up to one that has something to run.
void fair_queue::drop_if_idle(node& x) noexcept {
  for (auto* y = &x; y != nullptr && y->runnable() && !y->wants_to_run();
       y = y->parent_)
    drop(*y);
}

void fair_queue::check_invariants() const {
  TROUPE_CHECK(root_.runnable() || root_.activities_.empty(),
               "A node with activities is queued.");
  root_.check_children();
}

} // namespace troupe
