#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "caf/execution_unit.hpp"

#include "troupe/codec/slice.hpp"
#include "troupe/runtime/actor_timers.hpp"
#include "troupe/runtime/clock.hpp"
#include "troupe/runtime/cpu_limiter.hpp"
#include "troupe/runtime/delayed_messages.hpp"
#include "troupe/runtime/inbox.hpp"
#include "troupe/runtime/interruptions.hpp"
#include "troupe/runtime/ledger.hpp"
#include "troupe/runtime/movable_activity.hpp"
#include "troupe/runtime/runnable.hpp"
#include "troupe/runtime/send_hold.hpp"
#include "troupe/runtime/timer_wheel.hpp"
#include "troupe/runtime/transport.hpp"

namespace troupe {

class broker;
class scheduler;

/// The three seams of one worker.
struct worker_seams {
  std::unique_ptr<clock> time;
  std::unique_ptr<poller> events;
  std::unique_ptr<transport> sockets;
};

/// One thread: a CAF execution unit and an event loop in one.
///
/// A round runs activities until it has lasted long enough or nothing is
/// runnable, sends what they have written, fires timers, then polls, as it does
/// now and then between turns; it sleeps in the poller when there is nothing to
/// do. Each stretch of a round is charged to somebody.
///
/// What is written is sent at the end of the round, one connection after the
/// other: sent at once, each answer would wake a peer that has slept since the
/// last one (Seastar batches its flushes for the same reason).
///
/// Everything belongs to the worker's thread, but for `post`, `schedule` and
/// `current`, which any thread may call.
class worker final : public caf::execution_unit {
public:
  worker(scheduler& parent, std::size_t index, worker_seams seams);

  ~worker() override;

  /// The worker whose thread this is, null elsewhere.
  static worker* current() noexcept;

  std::size_t index() const noexcept {
    return index_;
  }

  scheduler& parent() noexcept {
    return parent_;
  }

  clock& time() noexcept {
    return *seams_.time;
  }

  /// The time when the turn, or the stretch of the round, began: good enough
  /// for timeouts, and free.
  std::uint64_t recent_ns() const noexcept {
    return mark_ns_;
  }

  transport& sockets() noexcept {
    return *seams_.sockets;
  }

  timer_wheel& timers() noexcept {
    return timers_;
  }

  troupe::send_hold_list& send_holds() noexcept {
    return send_holds_;
  }

  /// Of actors that wait for something.
  caf::actor_clock& timeouts() noexcept {
    return actor_timers_;
  }

  troupe::delayed_messages& delayed_messages() noexcept {
    return delayed_messages_;
  }

  block_pool& read_buffers() noexcept {
    return read_buffers_;
  }

  troupe::broker& sockets_owner() noexcept {
    return *broker_;
  }

  /// Must be called before the first round.
  void sockets_owner(std::unique_ptr<troupe::broker> x) noexcept;

  /// Who pays for what runs now; null between turns.
  resource_container* payer() const noexcept {
    return payer_;
  }

  /// The turn that runs now if `x` pays for it, else null.
  turn* turn_of(const resource_container& x) const noexcept {
    return payer_ == &x ? turn_ : nullptr;
  }

  /// To add to what `x` has used, other than CPU time.
  resource_usage& charge(resource_container& x) {
    return ledger_.charge(ledger_.page(x));
  }

  /// Counts that something of `x` was dropped. Answers whether it is the first
  /// since the last publication: one line for all is enough to say who and why.
  bool count_drop(resource_container& x) {
    return charge(x).drops++ == 0;
  }

  /// Charges `x` for bytes that it holds from now on, or no longer.
  void charge_memory(resource_container& x, std::int64_t bytes) {
    ledger_.charge_memory(ledger_.page(x), bytes);
  }

  /// Charges CPU time that another thread has used on behalf of `x`: in the
  /// ledger, in virtual time and to its limits. Between turns only.
  void charge_elsewhere(resource_container& x, std::uint64_t cost_ns);

  /// The same for what this thread has done since the last turn.
  void charge_between_turns(resource_container& x, std::uint64_t cost_ns);

  /// Runs `f` between turns and charges `payer` for what it takes, less what is
  /// charged to others meanwhile.
  template <class F>
  void run_between_turns(resource_container& payer, F& f) {
    auto begin_ns = time().now_ns();
    auto excluded_ns = excluded_ns_;
    f();
    charge_between_turns(payer, own_cost_since(begin_ns, excluded_ns));
  }

  /// Queues `x` on this worker. It must not be queued already.
  void schedule(runnable& x);

  /// To be called when `x` runs, or is dropped.
  void forget_movable(movable_activity& x) noexcept {
    movable_.erase(x);
  }

  /// Takes `x` out of the queue if it is there.
  void withdraw(runnable& x);

  /// Has `to` pay for `x` from its next run on, also if it is queued.
  void rebind(runnable& x, resource_container_ptr to);

  /// Runs `x` once at the end of this round, on its payer's bill. Only on the
  /// worker's thread, and `x` must not be queued.
  void schedule_send(runnable& x) noexcept {
    sends_.push_back(x);
  }

  /// Runs `f` on the worker's thread, between turns.
  void post(std::function<void(worker&)> f);

  void post(inbox_item& x);

  /// The same, and waits until that has happened. Not on a worker's thread.
  void post_and_wait(const std::function<void(worker&)>& f);

  /// For actors that know nothing of workers.
  void exec_later(caf::resumable* job) override;

  /// One round; with `may_sleep`, waits if there is nothing to do. Answers
  /// whether anything was done. The calling thread becomes the worker's.
  bool run_round(bool may_sleep);

  /// Whether anything waits to be run.
  bool is_busy() const noexcept {
    return !queue_.empty() || !sends_.empty() || !inbox_.empty();
  }

  /// When the next timer is due, UINT64_MAX if there is none.
  std::uint64_t next_due_ns() const noexcept;

  /// Takes up what has changed in the limits of `x`, or that it is destroyed.
  void apply_changes(resource_container& x);

  /// Lets everything run that limits hold back; for the end.
  void lift_limits();

  /// Brings what was charged into the published ledger.
  void publish();

  /// Drops all that is queued; the thread has ended.
  void clear();

  /// Has `payer` pay for what is caused between its construction and
  /// destruction; not for what that costs.
  class behalf {
  public:
    behalf(worker& here, resource_container& payer) noexcept
      : here_(here), before_(here.payer_) {
      here_.payer_ = &payer;
    }

    behalf(const behalf&) = delete;
    behalf& operator=(const behalf&) = delete;

    ~behalf() {
      here_.payer_ = before_;
    }

  private:
    worker& here_;
    resource_container* before_;
  };

  /// Charges what passes between its construction and destruction to `payer`
  /// and not to the turn it lies in. Does nothing off the workers' threads.
  class section {
  public:
    explicit section(const resource_container_ptr& payer);
    section(const section&) = delete;
    section& operator=(const section&) = delete;
    ~section();

  private:
    worker* here_;
    resource_container& payer_;
    std::uint64_t begin_ns_ = 0;
    std::uint64_t excluded_ns_ = 0;
  };

private:
  friend class runnable;
  friend class movable_activity;

  template <class Predicate>
  void lift_limits(Predicate is_one);

  void push(runnable& x);
  void push_movable(movable_activity& x);
  bool wake_up() noexcept;
  void offer_work();
  void ask_for_work();
  void give_work(worker& to);
  movable_activity* work_to_give();
  void revoke_destroyed();
  void take_inbox();
  bool run_activities();
  void run_turn(fair_queue::node& leaf);
  bool prefetch_page_behind(const fair_queue::node& leaf) const noexcept;
  void prefetch_work_behind(const fair_queue::node& leaf) const noexcept;
  bool run_sends();
  bool fire_timers();
  bool poll(bool may_sleep);
  bool poll_now();
  bool pass_on_events();
  std::uint64_t charge_since_mark(ledger_page& page);
  std::uint64_t charge_until(std::uint64_t end_ns, ledger_page& page);
  std::uint64_t less_interruptions(std::uint64_t passed_ns);
  std::uint64_t own_cost_since(std::uint64_t begin_ns,
                               std::uint64_t excluded_ns);
  void settle(ledger_page& page, fair_queue::node& leaf, std::uint64_t cost_ns);

  scheduler& parent_;
  const std::size_t index_;
  worker_seams seams_;
  ledger ledger_;
  fair_queue queue_;
  activity_list sends_;
  timer_wheel timers_;
  cpu_limiter limiter_;
  send_hold_list send_holds_;
  actor_timers actor_timers_;
  troupe::delayed_messages delayed_messages_;
  block_pool read_buffers_;
  ledger_page& polling_page_;
  ledger_page& timers_page_;
  std::unique_ptr<broker> broker_;
  resource_container* payer_ = nullptr;
  turn* turn_ = nullptr;
  std::vector<socket_event> events_;
  std::uint64_t mark_ns_ = 0;
  std::uint64_t excluded_ns_ = 0;
  interruptions interruptions_;
  /// The longest turn of late.
  std::uint64_t long_turn_ns_ = 0;
  std::uint64_t reconcile_due_ns_ = 0;
  bool has_unpublished_turns_ = false;
  bool are_limits_lifted_ = false;
  bool has_destroyed_ = false;
  movable_list movable_;
  std::uint64_t next_offer_ns_ = 0;
  inbox inbox_;
  std::atomic<bool> is_asleep_{false};
  /// Who has yet to answer whether it has work to give.
  std::atomic<worker*> asked_{nullptr};
};

} // namespace troupe
