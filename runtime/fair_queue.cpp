#include "troupe/runtime/fair_queue.hpp"

#include <algorithm>
#include <vector>

#include "troupe/runtime/check.hpp"

namespace troupe {

namespace {

constexpr std::uint64_t units_per_ns = 16;

} // namespace

/// What a node knows of its children as a group. The heap has an allocation
/// exactly if one of them was ever runnable.
class fair_queue::node::children {
public:
  bool empty() const noexcept {
    return heap_.empty();
  }

  bool ever_runnable() const noexcept {
    return heap_.capacity() > 0;
  }

  std::uint64_t present() const noexcept {
    return present_;
  }

  /// The child whose turn it is; its virtual time becomes the present.
  node& pick() noexcept {
    auto& first = heap_.front();
    present_ = std::max(present_, first.virtual_time);
    return *first.child;
  }

  /// The virtual time that a new child with `shares` starts with.
  std::uint64_t start(std::uint32_t shares) const noexcept {
    return present_ + lead(departed_time_, departed_shares_) / shares;
  }

  /// Notes how far `x`, which is leaving the queue, is ahead of the present.
  void depart(const node& x) noexcept {
    if (lead(x.virtual_time_, x.shares_)
        < lead(departed_time_, departed_shares_))
      return;
    departed_time_ = x.virtual_time_;
    departed_shares_ = x.shares_;
  }

  /// Makes sure that the next `insert` cannot fail.
  void reserve_one() {
    if (heap_.size() == heap_.capacity())
      heap_.reserve(std::max<std::size_t>(4, heap_.size() * 2));
  }

  void insert(node& x) noexcept {
    heap_.emplace_back();
    move_up(heap_.size() - 1, {x.virtual_time_, &x});
  }

  void erase(node& x) noexcept {
    auto last = heap_.back();
    heap_.pop_back();
    if (last.child != &x)
      move_up(sink_gap(x.index_), last);
    x.index_ = not_queued;
  }

  /// Restores the order after `x` has got a greater virtual time.
  void served(node& x) noexcept {
    move_up(sink_gap(x.index_), {x.virtual_time_, &x});
  }

  void check_invariants() const {
    for (std::size_t i = 0; i < heap_.size(); ++i) {
      auto& x = *heap_[i].child;
      TROUPE_CHECK(x.index_ == i, "A queued node knows its place.");
      TROUPE_CHECK(x.virtual_time_ == heap_[i].virtual_time,
                   "The heap knows the virtual time of its nodes.");
      TROUPE_CHECK(i == 0 || !heap_[i].is_before(heap_[(i - 1) / 2]),
                   "No child in the heap is before the one above it.");
      TROUPE_CHECK(x.parent_->runnable(), "A queued node's parent is queued.");
      if (x.children_ != nullptr)
        x.children_->check_invariants();
    }
  }

private:
  /// The virtual time stands beside the pointer so that comparing seldom needs
  /// to fetch a node: with 100,000 of them that is half the time of a turn.
  struct entry {
    std::uint64_t virtual_time = 0;
    node* child = nullptr;

    bool is_before(const entry& other) const noexcept {
      if (virtual_time != other.virtual_time)
        return virtual_time < other.virtual_time;
      return child->stamp_ < other.child->stamp_;
    }
  };

  /// What `shares` have used beyond the present, in sixteenths of a ns.
  std::uint64_t lead(std::uint64_t time, std::uint32_t shares) const noexcept {
    return time > present_ ? (time - present_) * shares : 0;
  }

  void put(std::size_t i, entry x) noexcept {
    heap_[i] = x;
    x.child->index_ = static_cast<std::uint32_t>(i);
  }

  /// Puts `x` into the gap at `i`, or above it.
  void move_up(std::size_t i, entry x) noexcept {
    while (i > 0) {
      auto above = (i - 1) / 2;
      if (!x.is_before(heap_[above]))
        break;
      put(i, heap_[above]);
      i = above;
    }
    put(i, x);
  }

  /// Moves the gap at `i` to the bottom and answers where that is. Who fills it
  /// then moves up from there: that is nearly always a short way, and half the
  /// comparisons of going down.
  std::size_t sink_gap(std::size_t i) noexcept {
    for (auto below = 2 * i + 1; below < heap_.size(); below = 2 * i + 1) {
      if (below + 1 < heap_.size() && heap_[below + 1].is_before(heap_[below]))
        ++below;
      put(i, heap_[below]);
      i = below;
    }
    return i;
  }

  std::vector<entry> heap_;
  std::uint64_t present_ = 0;
  /// Who left the queue with the greatest lead over the present.
  std::uint64_t departed_time_ = 0;
  std::uint32_t departed_shares_ = 0;
};

fair_queue::node::node(node* parent, std::uint32_t shares)
  : parent_(parent), shares_(1) {
  this->shares(shares);
  if (parent_ == nullptr)
    return;
  if (parent_->children_ == nullptr)
    parent_->children_ = std::make_unique<children>();
  virtual_time_ = parent_->children_->start(shares);
}

fair_queue::node::~node() {
  TROUPE_CHECK(!runnable(), "A node leaves the queue before it is destroyed.");
  TROUPE_CHECK(!has_activities(), "A destroyed node has no activities.");
}

void fair_queue::node::shares(std::uint32_t value) {
  TROUPE_CHECK(value >= 1 && value <= shares_max,
               "A node has between 1 and 1,000,000 shares.");
  shares_ = value;
}

bool fair_queue::node::has_runnable_children() const noexcept {
  return children_ != nullptr && !children_->empty();
}

void fair_queue::node::lift_to_present() noexcept {
  if (runnable() || parent_ == nullptr)
    return;
  auto present = parent_->children_->present();
  if (virtual_time_ >= present)
    return;
  virtual_time_ = present;
  remainder_ = 0;
}

void fair_queue::node::charge(std::uint64_t cost_ns) noexcept {
  auto used = cost_ns * units_per_ns + remainder_;
  virtual_time_ += used / shares_;
  remainder_ = static_cast<std::uint32_t>(used % shares_);
}

fair_queue::fair_queue(node& root) : root_(root) {
  TROUPE_CHECK(root.parent() == nullptr, "A root has no parent.");
}

void fair_queue::push_front(node& leaf, activity& what) {
  wake(leaf);
  leaf.activities_.push_front(what);
}

fair_queue::node* fair_queue::pick() noexcept {
  if (empty())
    return nullptr;
  auto* result = &root_;
  while (result->has_runnable_children())
    result = &result->children_->pick();
  return result;
}

void fair_queue::settle(node& leaf, std::uint64_t cost_ns) noexcept {
  cost_ns = std::min(cost_ns, cost_ns_max);
  ++stamp_;
  for (auto* x = &leaf; x != nullptr; x = x->parent_) {
    auto* above = x->parent_;
    x->lift_to_present();
    x->charge(cost_ns);
    x->stamp_ = stamp_;
    if (!x->has_activities() && !x->has_runnable_children())
      drop(*x);
    else if (above != nullptr)
      above->children_->served(*x);
  }
}

activity_list fair_queue::remove(node& leaf) noexcept {
  activity_list result{std::move(leaf.activities_)};
  for (auto* x = &leaf;
       x != nullptr && x->runnable() && !x->has_runnable_children();
       x = x->parent_)
    drop(*x);
  return result;
}

void fair_queue::wake(node& leaf) {
  TROUPE_CHECK(leaf.children_ == nullptr || !leaf.children_->ever_runnable(),
               "Only a leaf carries activities.");
  auto* x = &leaf;
  for (; !x->runnable() && x->parent_ != nullptr; x = x->parent_) {
    TROUPE_CHECK(!x->parent_->has_activities(),
                 "Only a leaf carries activities.");
    x->parent_->children_->reserve_one();
  }
  TROUPE_CHECK(x->runnable() || x == &root_,
               "A node is queued under the root it descends from.");
  // From here on nothing can fail.
  ++stamp_;
  for (x = &leaf; x != nullptr && !x->runnable(); x = x->parent_) {
    x->stamp_ = stamp_;
    x->lift_to_present();
    if (x->parent_ != nullptr)
      x->parent_->children_->insert(*x);
    else
      x->index_ = 0;
  }
}

void fair_queue::drop(node& x) noexcept {
  if (x.parent_ == nullptr) {
    x.index_ = node::not_queued;
    return;
  }
  auto& siblings = *x.parent_->children_;
  if (x.runnable())
    siblings.erase(x);
  siblings.depart(x);
}

void fair_queue::check_invariants() const {
  TROUPE_CHECK(root_.runnable() || !root_.has_activities(),
               "A node with activities is queued.");
  if (root_.children_ != nullptr)
    root_.children_->check_invariants();
}

} // namespace troupe
