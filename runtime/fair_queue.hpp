#pragma once

#include <cstdint>
#include <memory>

#include "troupe/runtime/activity.hpp"

namespace troupe {

/// Decides which resource container runs next on one worker.
///
/// The model is a tree. A leaf is a resource container with work of its own: a
/// list of activities. An inner node is one that others are part of, such as a
/// tenant; what work it has of its own counts as one more child, with default
/// shares. Each node has shares, a weight that counts against its siblings
/// only, and a virtual time: what it has used divided by its shares. The leaf
/// to run is found from the root down, by going at each node to the child with
/// the least virtual time among those with something to run. What its turn has
/// cost is then added to the leaf and to each of its ancestors, so that a
/// tenant's connections share what the tenant gets and no more (Banga,
/// Druschel, Mogul, "Resource containers", OSDI 1999).
///
/// Between siblings this is start-time fair queueing (Goyal, Vin, Cheng,
/// SIGCOMM 1996): it need not know beforehand what a turn will cost, and for
/// any two siblings that always have work, what they use per share from then on
/// differs by no more than one longest turn per share of either. Virtual time
/// is counted in sixteenths of a nanosecond per share. The rest of each
/// division is kept for the next one, so however small the turns, nothing is
/// used for free.
///
/// Having nothing to run earns next to nothing. The present of a node is the
/// virtual time of the child last picked there. A child that wakes is lifted to
/// 200 us of its own use before the present if it is behind that, and is left
/// where it is if it is ahead (Linux's CFS gave sleepers such a credit). So who
/// has slept runs a short burst at once and does not change places with busy
/// siblings after each turn, however many they are, but a long sleep buys no
/// monopoly and a short nap no forgiveness. A new node has no past to be held
/// to, so it starts one usual turn behind the present (Linux places new tasks
/// so), or where the one with the greatest lead among those that left the queue
/// would be with its shares, whichever is later. Were it to start at the
/// present, a client with a new connection for each request would keep out
/// everyone who has just had a turn.
///
/// Shares divide what is left between those of `rank::normal`. Before them come
/// those that have not yet got what they are guaranteed, and behind them, when
/// nobody else wants to run, those with no shares at all. Who is held back
/// (frozen, or over a cap) wants to run but is not in the queue.
///
/// The children of a node that have something to run stand in a row while they
/// are few, and else in a heap, so a turn costs O(log n) in runnable siblings
/// at each level and nothing for those that sleep. Ties go to who woke or was
/// served longer ago. Memory is allocated only as more children of a node
/// become runnable, not as few come and go. There is no clock and no lock: one
/// worker owns the queue and all its nodes.
class fair_queue {
public:
  static constexpr std::uint32_t shares_max = 1'000'000;

  /// Shares of the work that an inner node has of its own.
  static constexpr std::uint32_t own_shares = 100;

  /// A node's place before its siblings; within one, virtual time decides.
  enum class rank : std::uint8_t { guaranteed, normal, leftover };

  /// A turn that seems to have taken longer (one minute) is charged as this: it
  /// says more about the machine, which may have slept, than about the turn.
  static constexpr std::uint64_t cost_ns_max = 60'000'000'000;

  /// One resource container's place in one worker's queue.
  class node {
  public:
    /// Only a root has no parent. The parent must outlive the node. `shares`
    /// is at most `shares_max`.
    explicit node(node* parent, std::uint32_t shares);

    node(const node&) = delete;
    node& operator=(const node&) = delete;

    /// It must not be in the queue. Touches no other node, so any thread may
    /// destroy it once its worker has no use for it.
    ~node();

    node* parent() const noexcept {
      return parent_;
    }

    /// The node that pays: itself, or the one whose own work this is.
    node& payer() noexcept {
      return is_own_ ? *parent_ : *this;
    }

    bool is_below(const node& x) const noexcept {
      auto* y = parent_;
      while (y != nullptr && y != &x)
        y = y->parent_;
      return y != nullptr;
    }

    std::uint32_t shares() const noexcept {
      return shares_;
    }

    bool is_held() const noexcept {
      return is_held_;
    }

    bool is_guaranteed() const noexcept {
      return is_guaranteed_;
    }

    /// In sixteenths of a nanosecond per share. Comparable among siblings.
    std::uint64_t virtual_time() const noexcept {
      return virtual_time_;
    }

    /// Whether it is in the queue.
    bool runnable() const noexcept {
      return slot_ != not_queued;
    }

    bool has_activities() const noexcept {
      return !activities_.empty();
    }

    /// Null if it has none.
    const activity* last_activity() const noexcept {
      return activities_.last();
    }

  private:
    friend class fair_queue;

    class children;
    class siblings;
    class row;
    class heap;
    struct entry;

    static constexpr std::uint32_t not_queued = UINT32_MAX;

    struct own_work {};

    node(node& host, own_work);

    void make_children();
    bool has_runnable_children() const noexcept;
    bool wants_to_run() const noexcept;
    std::uint32_t weight() const noexcept {
      return shares_ > 0 ? shares_ : 1;
    }

    rank place() const noexcept;
    void lift() noexcept;
    void limit_credit() noexcept;
    void limit_lead() noexcept;
    void check_children() const;
    void charge(std::uint64_t cost_ns) noexcept;

    node* parent_;
    /// Null in a node that never had any.
    std::unique_ptr<children> children_;
    activity_list activities_;
    std::uint64_t virtual_time_ = 0;
    /// When it woke or was last served, as the queue counts its changes.
    std::uint64_t stamp_ = 0;
    std::uint32_t shares_;
    /// What is charged but less than a unit of virtual time: sixteenths of ns.
    std::uint32_t remainder_ = 0;
    /// By which it is known among its siblings.
    std::uint32_t slot_ = not_queued;
    bool is_own_ = false;
    bool is_held_ = false;
    bool is_guaranteed_ = false;
    /// Its `place()`, which a turn needs several times.
    rank rank_ = rank::normal;
  };

  /// `root` must outlive the queue.
  explicit fair_queue(node& root);

  fair_queue(const fair_queue&) = delete;
  fair_queue& operator=(const fair_queue&) = delete;

  /// A leaf that has been picked and not yet settled counts as something.
  bool empty() const noexcept {
    return !root_.runnable();
  }

  /// Queues `what` on `x`, and `x` and its ancestors if they had nothing to
  /// run.
  void push(node& x, activity& what) {
    if (x.runnable() && x.children_ == nullptr)
      x.activities_.push_back(what);
    else
      push_slowly(x, what, false);
  }

  /// The same, but `what` is the first that `x` will continue with.
  void push_front(node& x, activity& what) {
    push_slowly(x, what, true);
  }

  /// The leaf to run next, null if the queue is empty. Follow it with any
  /// number of `take()` and one `settle()`.
  node* pick() noexcept;

  /// The sibling of the same rank whose turn it is after that of `leaf`, which
  /// has been picked, unless something changes meanwhile; null if there is none
  /// or if they are few. For who fetches beforehand what a turn needs: that of
  /// a few is in the cache anyway.
  node* behind(const node& leaf) const noexcept;

  /// Removes the next activity of `leaf`, null if there is none. The leaf stays
  /// in the queue until `settle()`, even if that was its last one.
  activity* take(node& leaf) noexcept {
    return leaf.activities_.pop_front();
  }

  /// Ends a turn of `leaf`: charges `cost_ns` to it and its ancestors and drops
  /// those from the queue that have nothing to run. It may also be called to
  /// charge a leaf that is not in the queue: what it costs is not forgiven.
  void settle(node& leaf, std::uint64_t cost_ns) noexcept;

  /// Weighs what is charged from now on; what has been charged stays.
  void shares(node& x, std::uint32_t value);

  /// Keeps `x`, and all below it, from running until it is released. Its turn,
  /// if it has one, goes on. Not for the root.
  void hold(node& x) noexcept;

  void release(node& x);

  /// Puts `x` before its siblings that are not guaranteed, or back among them.
  void guarantee(node& x, bool value);

  /// Takes `what` out of the queue; answers whether it waited on `x`. O(n) in
  /// the activities of `x`.
  bool withdraw(node& x, activity& what) noexcept;

  /// Puts `x`, with all that is below it, under `parent`, which is in the same
  /// tree, not below `x`, and must outlive it. What it was ahead of the present
  /// there it is here, so that to move gains nothing. Not for the root.
  void move_below(node& parent, node& x);

  /// Takes all activities away from `leaf` and takes it out of the queue, also
  /// in the middle of its turn. For destroying a resource container.
  [[nodiscard]] activity_list remove(node& leaf) noexcept;

  /// Aborts unless siblings are in order, each node knows its place among them
  /// and its parent is queued too. O(nodes in the queue).
  void check_invariants() const;

private:
  template <class F>
  void move(node& x, F change);

  void push_slowly(node& x, activity& what, bool at_front);
  node& own_work_of(node& x);
  void wake(node& x);
  void split_off_own_work(node& x);
  void drop(node& x) noexcept;
  void drop_if_idle(node& x) noexcept;

  node& root_;
  std::uint64_t stamp_ = 0;
};

} // namespace troupe
