#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/runtime/cpu_bucket.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/ref_ptr.hpp"

namespace troupe {

struct ledger_page;
class resource_tree;

/// What a resource container may have. A child is limited by its ancestors.
struct resource_attributes {
  /// Weight against its siblings, up to 1,000,000; 0 means to run only when no
  /// sibling wants to.
  std::uint32_t shares = limits::shares_default;
  /// The part of the machine (of all workers' time) that it gets before its
  /// shares count, 0 to 1. Those of siblings add up to no more than their
  /// parent's; the root's is 1.
  double cpu_min = 0;
  /// The part of the machine that it gets at most, over 0.1 s; 1 is no limit.
  double cpu_max = 1;
  /// Connections in it and below it.
  std::size_t connections_max = limits::connections_max;
  /// Messages it may have staged at one shared actor.
  std::size_t staged_messages_max = limits::staged_messages_max;
};

/// What has been used. Totals only grow; the gauges say what is held now.
struct resource_usage {
  std::uint64_t cpu_ns = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  /// Frames decoded, and frames encoded.
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  /// Messages dropped and connections refused because of a limit.
  std::uint64_t drops = 0;
  /// How often a worker had to keep it from running because of its `cpu_max`.
  std::uint64_t throttles = 0;
  /// Gauge: bytes received but not decoded, staged, or encoded but not sent.
  std::int64_t queued_bytes = 0;
  /// Gauge: messages staged at shared actors.
  std::int64_t staged_messages = 0;
  /// Gauge.
  std::int64_t connections = 0;

  resource_usage& operator+=(const resource_usage& other) noexcept;
};

/// The principal: a node in a tree, with attributes and a ledger, that owns the
/// bill for whatever is done on its behalf (Banga, Druschel, Mogul, "Resource
/// containers", OSDI 1999). Work is bound to leaves only.
///
/// Owned by reference: by its children, by the actors and connections bound to
/// it, and by whoever made it; it leaves the tree when the last one lets go.
/// Attributes and published usage may be read and set by any thread.
class resource_container final : public ref_counted {
public:
  ~resource_container();

  /// Never reused.
  std::uint64_t id() const noexcept {
    return id_;
  }

  /// Unique among its siblings by convention, not by force.
  const std::string& name() const noexcept {
    return name_;
  }

  /// "/listener/127.0.0.1:4711", for people.
  std::string path() const;

  resource_container* parent() const noexcept {
    return parent_.get();
  }

  std::uint32_t shares() const noexcept {
    return shares_.load(std::memory_order_relaxed);
  }

  /// Takes effect at once. Cut to 1,000,000.
  void shares(std::uint32_t value);

  /// Part of the machine.
  double cpu_min() const noexcept {
    return cpu_min_.load(std::memory_order_acquire);
  }

  /// Takes effect at once. Answers false, and changes nothing, if it is not a
  /// part (0 to 1), if those of its siblings and it would exceed what the
  /// parent has, or those of its children exceed it.
  [[nodiscard]] bool cpu_min(double part);

  double cpu_max() const noexcept {
    return cpu_max_.load(std::memory_order_acquire);
  }

  /// Takes effect at once. Cut to 0 … 1. With 0 it does not run at all. The
  /// root and the runtime's own work cannot be capped, frozen or destroyed.
  void cpu_max(double part);

  bool is_frozen() const noexcept {
    return is_frozen_.load(std::memory_order_relaxed);
  }

  /// Nothing in it and below it runs until it thaws: what its peers send stays
  /// in the kernel. A turn that runs goes on to its end. Time limits of its
  /// connections go on, too.
  void freeze();

  void thaw();

  /// Takes back all that it and what is below it has, in one step and for good:
  /// its connections are cut and their actors end, what it has staged is
  /// dropped, and new connections are refused. `reason` goes to the log and to
  /// whoever monitors an actor. It leaves the tree when the last one lets go.
  void destroy(const std::string& reason);

  bool is_destroyed() const noexcept {
    return is_destroyed_.load(std::memory_order_acquire);
  }

  /// Why; only once it is destroyed.
  const std::string& destroyed_because() const noexcept {
    return destroyed_because_;
  }

  /// What `cpu_max` allows; null if that is everything.
  cpu_bucket* cpu_cap() noexcept {
    return cpu_max() < 1 ? &buckets()->cap : nullptr;
  }

  /// What `cpu_min` promises; null if that is nothing.
  cpu_bucket* cpu_guarantee() noexcept {
    return cpu_min() > 0 ? &buckets()->guarantee : nullptr;
  }

  bool has_cpu_limits() const noexcept {
    return !is_destroyed() && (is_frozen() || cpu_max() < 1 || cpu_min() > 0);
  }

  void count_throttle() noexcept;

  const resource_attributes& limits() const noexcept {
    return attributes_;
  }

  /// What has been published: up to `reconcile_interval_ns` behind, its own and
  /// all below it, gone ones included.
  resource_usage usage() const noexcept;

  /// Counts a connection here and in each ancestor, or refuses: answers the
  /// one that is destroyed or whose `connections_max` is reached, null if it
  /// was counted.
  const resource_container* open_connection() noexcept;

  /// Counts a connection here that its parent has counted.
  void take_over_connection() noexcept {
    usage_.connections.fetch_add(1, std::memory_order_relaxed);
  }

  void close_connection() noexcept;

  /// Messages it has staged at all shared actors, at this moment.
  std::int64_t staged_messages() const noexcept {
    return staged_messages_.load(std::memory_order_relaxed);
  }

  void add_staged_messages(std::int64_t count) noexcept {
    staged_messages_.fetch_add(count, std::memory_order_relaxed);
  }

  /// Adds `more` to the published usage, here and in each ancestor.
  void publish(const resource_usage& more) noexcept;

private:
  friend class resource_tree;
  friend class ledger;

  resource_container(resource_tree& tree, ref_ptr<resource_container> parent,
                     std::string name, const resource_attributes& attributes);

  struct published_usage {
    std::atomic<std::uint64_t> cpu_ns{0};
    std::atomic<std::uint64_t> bytes_in{0};
    std::atomic<std::uint64_t> bytes_out{0};
    std::atomic<std::uint64_t> frames_in{0};
    std::atomic<std::uint64_t> frames_out{0};
    std::atomic<std::uint64_t> drops{0};
    std::atomic<std::uint64_t> throttles{0};
    std::atomic<std::int64_t> queued_bytes{0};
    std::atomic<std::int64_t> staged_messages{0};
    std::atomic<std::int64_t> connections{0};
  };

  /// Of a resource container that has or had limits on its CPU time.
  struct cpu_buckets {
    cpu_bucket cap{0};
    cpu_bucket guarantee{0};
  };

  cpu_buckets* buckets() const noexcept {
    return buckets_.load(std::memory_order_acquire);
  }

  bool is_runtime() const noexcept;
  cpu_buckets& make_buckets();
  std::uint64_t rate_of(double part) const noexcept;

  resource_tree& tree_;
  const std::uint64_t id_;
  const std::string name_;
  const ref_ptr<resource_container> parent_;
  const resource_attributes attributes_;
  std::atomic<std::uint32_t> shares_;
  std::atomic<double> cpu_min_{0};
  std::atomic<double> cpu_max_{1};
  std::atomic<bool> is_frozen_{false};
  std::atomic<bool> is_destroyed_{false};
  std::string destroyed_because_;
  std::atomic<cpu_buckets*> buckets_{nullptr};
  std::atomic<std::int64_t> staged_messages_{0};
  published_usage usage_;
  /// One page a worker, made by that worker when it first needs it and touched
  /// by no other.
  std::unique_ptr<std::unique_ptr<ledger_page>[]> pages_;
  /// Siblings, guarded by the tree's mutex.
  resource_container* first_child_ = nullptr;
  resource_container* previous_ = nullptr;
  resource_container* next_ = nullptr;
};

using resource_container_ptr = ref_ptr<resource_container>;

/// One line of a snapshot, parents before children.
struct ledger_row {
  std::uint64_t id = 0;
  std::uint32_t depth = 0;
  std::string name;
  std::uint32_t shares = 0;
  resource_usage usage;
};

/// All resource containers of one process. Any thread may call it; making and
/// ending a resource container takes a lock, charging does not. It must
/// outlive every resource container in it.
class resource_tree {
public:
  explicit resource_tree(std::size_t workers);

  ~resource_tree();

  /// Makes a resource container under `parent`.
  resource_container_ptr make(const resource_container_ptr& parent,
                              std::string name,
                              const resource_attributes& attributes = {});

  const resource_container_ptr& root() const noexcept {
    return root_;
  }

  /// The parent of the runtime's own work, of which these are the parts.
  const resource_container_ptr& system() const noexcept {
    return system_;
  }

  const resource_container_ptr& polling() const noexcept {
    return polling_;
  }

  const resource_container_ptr& accepting() const noexcept {
    return accepting_;
  }

  const resource_container_ptr& timers() const noexcept {
    return timers_;
  }

  const resource_container_ptr& logging() const noexcept {
    return logging_;
  }

  /// Pays for actors that the application spawned on nobody's behalf.
  const resource_container_ptr& application() const noexcept {
    return application_;
  }

  /// The parent of connections that were made on nobody's behalf.
  const resource_container_ptr& outgoing() const noexcept {
    return outgoing_;
  }

  std::size_t workers() const noexcept {
    return workers_;
  }

  /// `f` is told of each change that workers must take up at once; by any
  /// thread, before the tree is used by more than one.
  void on_change(std::function<void(resource_container&)> f) {
    changed_ = std::move(f);
  }

  /// Calls `f` for every resource container that exists, parents first. `f`
  /// must not make or end one.
  void for_each(const std::function<void(resource_container&)>& f) const;

  /// Every resource container that exists, depth first.
  std::vector<ledger_row> snapshot() const;

private:
  friend class resource_container;

  template <class F>
  static void visit_below(resource_container& top, F f);

  void enter(resource_container& x);
  void leave(resource_container& x) noexcept;

  void changed(resource_container& x) {
    if (changed_)
      changed_(x);
  }

  const std::size_t workers_;
  std::function<void(resource_container&)> changed_;
  std::atomic<std::uint64_t> ids_{0};
  mutable std::mutex mutex_;
  resource_container_ptr root_;
  resource_container_ptr system_;
  resource_container_ptr polling_;
  resource_container_ptr accepting_;
  resource_container_ptr timers_;
  resource_container_ptr logging_;
  resource_container_ptr application_;
  resource_container_ptr outgoing_;
};

} // namespace troupe
