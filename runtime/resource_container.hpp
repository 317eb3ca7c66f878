#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "troupe/runtime/ledger_page.hpp"
#include "troupe/runtime/ref_ptr.hpp"
#include "troupe/runtime/refusal.hpp"
#include "troupe/runtime/resource_attributes.hpp"
#include "troupe/runtime/resource_usage.hpp"
#include "troupe/runtime/rule.hpp"
#include "troupe/runtime/throttle.hpp"
#include "troupe/runtime/token_bucket.hpp"

namespace troupe {

class resource_tree;
class resource_container;

using resource_container_ptr = ref_ptr<resource_container>;

/// Whether something may be read or written now, and how much.
struct io_permission {
  /// When to ask again; 0 if it may be done now.
  std::uint64_t retry_ns = 0;
  std::size_t bytes_max = SIZE_MAX;
  /// Why not now, and the id of the resource container whose limit that is.
  throttle why = throttle::none;
  std::uint64_t by = 0;
};

/// Who has refused something, and why; `by` is null if nobody has.
struct refused {
  resource_container_ptr by;
  refusal why = refusal::none;
  /// What the attribute of that name says.
  std::uint64_t limit = 0;

  explicit operator bool() const noexcept {
    return why != refusal::none;
  }
};

/// The principal: a node in a tree, with attributes and a ledger, that owns the
/// bill for whatever is done on its behalf (Banga, Druschel, Mogul, "Resource
/// containers", OSDI 1999).
///
/// Owned by reference: by its children, by the actors and connections bound to
/// it, and by whoever made it; it leaves the tree when the last one lets go.
/// Any thread may call it, unless something else is said.
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

  /// Null at the root.
  resource_container_ptr parent() const noexcept;

  // -- attributes -------------------------------------------------------------

  resource_attributes attributes() const noexcept;

  /// Takes effect at once. Answers what is wrong, and changes nothing, if it
  /// makes no sense, its guarantee and those of its siblings exceed what the
  /// parent has, or those of its children exceed its own; else nothing.
  [[nodiscard]] std::string change(const resource_attributes& to);

  std::uint32_t shares() const noexcept {
    return shares_.load(std::memory_order_relaxed);
  }

  /// Takes effect at once. Cut to 1,000,000; the runtime's own work has
  /// `shares_default` at least.
  void shares(std::uint32_t value);

  /// Part of the machine.
  double cpu_min() const noexcept {
    return cpu_min_.load(std::memory_order_acquire);
  }

  /// Answers false, and changes nothing, where `change` would complain.
  [[nodiscard]] bool cpu_min(double part);

  double cpu_max() const noexcept {
    return cpu_max_.load(std::memory_order_acquire);
  }

  /// Takes effect at once. Cut to 0 … 1. With 0 it does not run at all. The
  /// root and the runtime's own work cannot be capped, frozen or destroyed.
  void cpu_max(double part);

  std::size_t staged_messages_max() const noexcept {
    return staged_messages_max_.load(std::memory_order_relaxed);
  }

  bool is_frozen() const noexcept {
    return is_frozen_.load(std::memory_order_relaxed);
  }

  /// Nothing in it and below it runs until it thaws: what its peers send stays
  /// in the kernel. A turn that runs goes on to its end. Time limits of its
  /// connections go on, too.
  void freeze();

  void thaw();

  /// Adds to the rules for it and all that is below it.
  void add_rule(const rule& x);

  /// Whether there are rules at all.
  bool has_rules() const noexcept;

  /// The rules for it, its own and its ancestors'.
  std::vector<rule> rules() const;

  // -- place in the tree ------------------------------------------------------

  /// Whether it is the root, or the runtime's own work.
  bool is_runtime() const noexcept;

  /// Puts it, with all that is below it, under `to`, which limits it from now
  /// on; what it has used so far stays where it was. Answers what is wrong, and
  /// changes nothing, if one of the two is destroyed or the runtime's, `to` is
  /// below it, or `to` and those above it cannot take its guarantee or its
  /// connections.
  [[nodiscard]] std::string move_to(const resource_container_ptr& to);

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

  /// Has the processor fetch what a turn needs of it and its first page.
  void prefetch() const noexcept;

  // -- the ledger -------------------------------------------------------------

  /// What it and all below it have used, those that are gone included. Totals
  /// are up to `reconcile_interval_ns` behind.
  resource_usage usage() const noexcept;

  /// Adds `more` to the published usage, here and in each ancestor.
  void publish(const resource_usage& more) noexcept;

  /// What last kept it, or something below it, from anything.
  throttle last_throttle() const noexcept {
    return last_throttle_.load(std::memory_order_relaxed);
  }

  /// The id of the one whose limit that was; 0 if nothing was.
  std::uint64_t last_throttle_by() const noexcept {
    return last_throttle_by_.load(std::memory_order_relaxed);
  }

  /// `by` is the id of the one whose limit it is.
  void count_throttle(throttle why, std::uint64_t by) noexcept;

  /// Counts an answer to an offence.
  void count_answer(rule_answer x) noexcept;

  // -- what is asked for by those who use it ----------------------------------

  /// Counts a connection here and in each ancestor, unless it is refused.
  refused open_connection(std::uint64_t now_ns) noexcept;

  /// Counts a connection here that its parent has counted.
  void take_over_connection() noexcept;

  void close_connection() noexcept;

  /// A number for each connection made under it, one after the other.
  std::size_t next_place() noexcept {
    return places_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Counts a message that waits, here and in each ancestor, unless it is
  /// refused. UINT64_MAX is after all denials.
  refused queue_message(std::uint64_t now_ns) noexcept;

  /// The same for `count` messages that cannot be refused, or that wait no
  /// more.
  void add_queued_messages(std::int64_t count) noexcept;

  /// Says that so many of those that are queued wait until they are due, or do
  /// no more.
  void add_delayed_messages(std::int64_t count) noexcept;

  /// How many wait at this moment for an actor.
  std::int64_t staged_messages() const noexcept {
    return held_.staged();
  }

  /// Batches of frames that are handled in more than one turn begin or end.
  void add_frames_under_way(std::int32_t batches) noexcept {
    frames_under_way_.fetch_add(batches, std::memory_order_relaxed);
  }

  /// Whether something that a frame has asked for is still to be done.
  bool has_frames_under_way() const noexcept {
    return frames_under_way_.load(std::memory_order_relaxed) > 0
           || staged_messages() > 0;
  }

  /// Whether `add_memory` must be called at once for each change.
  bool has_memory_limits() const noexcept;

  void add_memory(std::int64_t bytes) noexcept;

  /// Whose `memory_max` is exceeded, if any: its own or an ancestor's.
  refused exceeds_memory() noexcept;

  /// Whether `may_read` and `may_write` need to be asked.
  bool has_io_limits() const noexcept;

  io_permission may_read(std::uint64_t now_ns) noexcept;
  io_permission may_write(std::uint64_t now_ns) noexcept;

  /// Counts against the rates; what was read or written is used up.
  void has_read(std::uint64_t now_ns, std::size_t bytes) noexcept;
  void has_written(std::uint64_t now_ns, std::size_t bytes) noexcept;

  /// Nothing is read for it and what is below it until then. Answers false, and
  /// changes nothing, if it is suspended already.
  bool suspend(std::uint64_t now_ns, std::uint64_t until_ns) noexcept;

  /// The same for new connections and messages, which are refused.
  bool deny(std::uint64_t now_ns, std::uint64_t until_ns) noexcept;

  /// Whether one of them lasts.
  bool is_paused(std::uint64_t now_ns) const noexcept;

  /// Adds `more` frames, and answers how many there were in this second of the
  /// clock.
  std::uint64_t count_frames(std::uint64_t now_ns, std::uint64_t more) noexcept;

  /// What `cpu_max` allows; null if that is everything.
  token_bucket* cpu_cap() noexcept {
    return cpu_max() < 1 ? &buckets()->cap : nullptr;
  }

  /// What `cpu_min` promises; null if that is nothing.
  token_bucket* cpu_guarantee() noexcept {
    return cpu_min() > 0 ? &buckets()->guarantee : nullptr;
  }

  bool has_cpu_limits() const noexcept {
    return !is_destroyed() && (is_frozen() || cpu_max() < 1 || cpu_min() > 0);
  }

private:
  friend class resource_tree;
  friend class ledger;

  resource_container(resource_tree& tree, resource_container_ptr parent,
                     std::string name, const resource_attributes& attributes);

  /// Gauges that limits look at, so they are never behind.
  struct held {
    std::atomic<std::int64_t> memory_bytes{0};
    std::atomic<std::int64_t> queued_messages{0};
    std::atomic<std::int64_t> connections{0};
    /// Of the queued ones.
    std::atomic<std::int64_t> delayed_messages{0};

    std::int64_t staged() const noexcept {
      return queued_messages.load(std::memory_order_relaxed)
             - delayed_messages.load(std::memory_order_relaxed);
    }
  };

  /// Of a resource container that has or had limits on what accrues.
  struct rate_buckets {
    token_bucket cap{0};
    token_bucket guarantee{0};
    token_bucket read{0};
    token_bucket write{0};
  };

  using gauge = std::atomic<std::int64_t> held::*;
  using bound = std::atomic<std::size_t> resource_container::*;

  /// What is read, or what is written.
  struct direction {
    token_bucket rate_buckets::*bucket;
    std::atomic<std::uint64_t> resource_container::*rate_max;
    throttle over;
  };

  static const direction reading;
  static const direction writing;

  rate_buckets* buckets() const noexcept {
    return buckets_.load(std::memory_order_acquire);
  }

  bool is_root_or_system() const noexcept;
  bool is_above(const resource_container& x) const noexcept;
  void set(const resource_attributes& to);
  std::uint64_t guaranteed() const noexcept;
  void guarantee(double part);
  std::string admit(double cpu_min, const resource_container* parent) const;
  rate_buckets& make_buckets();
  ledger_page& make_page(std::uint32_t worker, ledger_page* above);
  std::uint64_t rate_of(double part) const noexcept;
  refused would_refuse(std::uint64_t now_ns) noexcept;
  io_permission reading_hindrance(std::uint64_t now_ns) const noexcept;
  resource_container* next_limit(resource_container* x) const noexcept;
  token_bucket* bucket_of(const direction& which) const noexcept;
  io_permission rated(const direction& which, std::uint64_t now_ns) noexcept;
  void spend(const direction& which, std::uint64_t now_ns,
             std::size_t bytes) noexcept;
  refused take_one(gauge which, bound max, refusal over,
                   std::uint64_t now_ns) noexcept;
  void add(gauge which, std::int64_t more) noexcept;

  static constexpr std::uint32_t no_worker = UINT32_MAX;

  // Among many each line of cache is a miss, so what is used together stands
  // together: what changes of its place and its limits need, then what turns
  // need, then the rest.

  std::atomic<std::uint32_t> shares_{0};
  /// Changes under the tree's mutex and its topology lock.
  resource_container_ptr parent_;
  /// Its place among its siblings, and its children; guarded by the tree's
  /// mutex, as is the sum of their guarantees in billionths of the machine.
  resource_container* previous_ = nullptr;
  resource_container* next_ = nullptr;
  resource_container* first_child_ = nullptr;
  std::uint64_t guaranteed_below_ = 0;
  std::atomic<rate_buckets*> buckets_{nullptr};
  std::atomic<double> cpu_min_{0};
  std::atomic<double> cpu_max_{1};
  std::atomic<bool> is_frozen_{false};
  std::atomic<bool> is_destroyed_{false};
  std::atomic<throttle> last_throttle_{throttle::none};
  std::atomic<std::uint64_t> memory_max_{0};
  std::atomic<std::size_t> connections_max_{0};
  std::atomic<std::size_t> queued_messages_max_{0};
  std::atomic<std::size_t> staged_messages_max_{0};
  std::atomic<std::uint64_t> read_rate_max_{limits::unlimited};
  std::atomic<std::uint64_t> write_rate_max_{limits::unlimited};
  std::atomic<std::uint64_t> suspended_until_ns_{0};
  std::atomic<std::uint64_t> denied_until_ns_{0};
  held held_;
  resource_tree& tree_;
  std::atomic<std::int32_t> frames_under_way_{0};
  /// Whose page is the first one. Most have work on one worker only.
  std::atomic<std::uint32_t> first_worker_{no_worker};
  /// Made by that worker when it first needs it and touched by no other.
  std::optional<ledger_page> first_page_;
  /// The totals.
  mutable resource_usage used_;
  std::atomic<std::uint64_t> last_throttle_by_{0};
  /// The frames of the second that is under way.
  std::atomic<std::uint64_t> second_{0};
  std::atomic<std::uint64_t> frames_in_second_{0};
  std::atomic<std::size_t> places_;
  const std::uint64_t id_;
  const std::string name_;
  std::string destroyed_because_;
  /// Guarded as `parent_` is; null without.
  std::unique_ptr<std::vector<rule>> rules_;
  /// The pages of the other workers, one each; null without.
  std::atomic<std::unique_ptr<ledger_page>*> other_pages_{nullptr};
};

} // namespace troupe
