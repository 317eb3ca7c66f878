#include "troupe/runtime/worker.hpp"

#include <algorithm>
#include <future>

#include "caf/actor_system.hpp"
#include "caf/scheduled_actor.hpp"
#include "caf/scheduler/abstract_coordinator.hpp"

#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/check.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/plain_activity.hpp"
#include "troupe/runtime/prefetch.hpp"
#include "troupe/runtime/rule_enforcement.hpp"
#include "troupe/runtime/scheduler.hpp"

namespace troupe {

namespace {

thread_local worker* current_worker = nullptr;

/// Turns after which a long one is half forgotten, and a bit.
constexpr std::uint64_t turns_of_late = 16;

/// From an activity on lies what is used of the object that it belongs to.
constexpr std::size_t activity_bytes = 288;

/// A function on its way to a worker.
class posted_function final : public inbox_item {
public:
  explicit posted_function(std::function<void(worker&)> f) : f_(std::move(f)) {
    // nop
  }

  void arrive(worker& here) override {
    std::unique_ptr<posted_function> self{this};
    f_(here);
  }

  void discard() noexcept override {
    delete this;
  }

private:
  std::function<void(worker&)> f_;
};

} // namespace

void runnable::arrive(worker& here) {
  here.push(*this);
}

void movable_activity::arrive(worker& here) {
  here.push_movable(*this);
}

worker::worker(scheduler& parent, std::size_t index, worker_seams seams)
  : caf::execution_unit(&parent.system()),
    parent_(parent),
    index_(index),
    seams_(std::move(seams)),
    ledger_(parent.resources(), index),
    queue_(ledger_.root()),
    timers_(seams_.time->now_ns(), limits::timer_tick_ns),
    limiter_(queue_, timers_),
    send_holds_(timers_),
    actor_timers_(*seams_.time),
    delayed_messages_(*this),
    read_buffers_(limits::read_bytes_max, limits::read_buffers_max),
    polling_page_(ledger_.page(*parent.resources().polling())),
    timers_page_(ledger_.page(*parent.resources().timers())) {
  ledger_.on_new_page([this](ledger_page& x) {
    if (x.owner.has_cpu_limits() && !are_limits_lifted_)
      limiter_.apply(x, mark_ns_);
  });
  ledger_.on_publish([this](ledger_page& x, const resource_usage& used) {
    if (x.owner.has_rules())
      check_rules(x, used, mark_ns_);
  });
}

worker::~worker() = default;

void worker::sockets_owner(std::unique_ptr<troupe::broker> x) noexcept {
  broker_ = std::move(x);
}

worker* worker::current() noexcept {
  return current_worker;
}

void worker::schedule(runnable& x) {
  if (current_worker == this)
    x.arrive(*this);
  else
    post(x);
}

void worker::post(std::function<void(worker&)> f) {
  post(*new posted_function(std::move(f)));
}

void worker::post_and_wait(const std::function<void(worker&)>& f) {
  std::promise<void> done;
  post([&](worker& here) {
    f(here);
    done.set_value();
  });
  done.get_future().wait();
}

void worker::post(inbox_item& x) {
  inbox_.push(x);
  wake_up();
}

/// Answers whether it slept.
bool worker::wake_up() noexcept {
  if (!is_asleep_.load() || !is_asleep_.exchange(false))
    return false;
  seams_.events->interrupt();
  return true;
}

void worker::exec_later(caf::resumable* job) {
  schedule(*make_plain_activity(parent_, *job));
}

/// It waits from now on: to have had a turn just now is not to wait.
void worker::push_movable(movable_activity& x) {
  push(x);
  movable_.push_back(x, turn_ != nullptr ? turn_->last_look_ns() : mark_ns_);
}

/// Wakes one that would ask, if something waits that it could have.
void worker::offer_work() {
  if (mark_ns_ < next_offer_ns_ || work_to_give() == nullptr)
    return;
  next_offer_ns_ = mark_ns_ + limits::movable_wait_ns;
  for (std::size_t i = 0; i < parent_.workers(); ++i)
    if (auto& x = parent_.at(i); x.asked_.load() != this && x.wake_up())
      return;
}

/// Asks the busy worker on which most waits. Each worker's queue is its own, so
/// it is asked for work and not robbed of it (Acar, Charguéraud and Rainey,
/// PPoPP 2013).
void worker::ask_for_work() {
  worker* whom = nullptr;
  std::size_t most = 0;
  for (std::size_t i = 0; i < parent_.workers(); ++i) {
    auto& x = parent_.at(i);
    auto count = x.movable_.size();
    if (&x != this && count > most && !x.is_asleep_.load()) {
      whom = &x;
      most = count;
    }
  }
  if (whom == nullptr || asked_.exchange(whom) == whom)
    return;
  whom->post([this](worker& here) { here.give_work(*this); });
}

void worker::give_work(worker& to) {
  auto* x = work_to_give();
  auto* asked = this;
  to.asked_.compare_exchange_strong(asked, nullptr);
  if (x == nullptr)
    return;
  forget_movable(*x);
  queue_.withdraw(ledger_.page(*x->payer()), *x);
  to.post(*x);
}

/// What has waited for a turn's length, and not because somebody's limits hold
/// it back. Looks at the first few only.
movable_activity* worker::work_to_give() {
  auto is_held = [this](movable_activity& x) {
    for (fair_queue::node* y = &ledger_.page(*x.payer()); y != nullptr;
         y = y->parent())
      if (y->is_held())
        return true;
    return false;
  };
  auto* x = movable_.first();
  for (std::size_t n = 0; x != nullptr && n < limits::movable_looks_max; ++n) {
    if (mark_ns_ - std::min(mark_ns_, x->since_ns()) < limits::movable_wait_ns)
      return nullptr;
    if (!is_held(*x))
      return x;
    x = movable_.behind(*x);
  }
  return nullptr;
}

void worker::push(runnable& x) {
  auto& page = ledger_.page(*x.payer());
  if (!page.has_activities())
    page.ready_ns = mark_ns_;
  queue_.push(page, x);
}

void worker::withdraw(runnable& x) {
  if (x.next != nullptr)
    queue_.withdraw(ledger_.page(*x.payer()), x);
}

void worker::rebind(runnable& x, resource_container_ptr to) {
  auto is_queued = x.next != nullptr
                   && queue_.withdraw(ledger_.page(*x.payer()), x);
  x.payer(std::move(to));
  if (is_queued)
    push(x);
}

bool worker::run_round(bool may_sleep) {
  if (current_worker != this) {
    current_worker = this;
    read_buffers_.install();
    mark_ns_ = time().now_ns();
    interruptions_.begin(time());
  }
  if (mark_ns_ > interruptions_.since_ns() + limits::interruptions_ns_max)
    interruptions_.begin(time());
  take_inbox();
  if (has_destroyed_)
    revoke_destroyed();
  auto ran = run_activities();
  ran = run_sends() || ran;
  auto fired = fire_timers();
  auto polled = poll(may_sleep);
  if (mark_ns_ >= reconcile_due_ns_)
    publish();
  return ran || fired || polled;
}

void worker::take_inbox() {
  if (inbox_.empty())
    return;
  inbox_.deliver(*this);
  charge_since_mark(polling_page_);
}

bool worker::run_activities() {
  auto end_ns = mark_ns_ + limits::round_ns_max;
  auto ran = false;
  while (auto* leaf = queue_.pick()) {
    auto begin_ns = mark_ns_;
    run_turn(*leaf);
    ran = true;
    long_turn_ns_ = std::max(mark_ns_ - begin_ns,
                             long_turn_ns_ - long_turn_ns_ / turns_of_late);
    // Answers do not wait for a turn that is likely to outlast the round.
    auto expected_ns = sends_.empty() ? mark_ns_ : mark_ns_ + long_turn_ns_;
    if (expected_ns >= end_ns)
      break;
  }
  return ran;
}

void worker::run_turn(fair_queue::node& leaf) {
  auto& page = static_cast<ledger_page&>(leaf.payer());
  // Listed, it lives until the next publication, whatever is destroyed now.
  auto& usage = ledger_.charge(page);
  ++usage.turns;
  usage.waited_ns += mark_ns_ - page.ready_ns;
  payer_ = &page.owner;
  turn now{time(), mark_ns_, limits::turn_ns_max};
  turn_ = &now;
  auto is_one_of_many = prefetch_page_behind(leaf);
  while (auto* next = queue_.take(leaf)) {
    auto& x = static_cast<runnable&>(*next);
    // It may have moved to another bill.
    if (x.run(*this, now))
      x.arrive(*this);
    if (now.is_over())
      break;
  }
  payer_ = nullptr;
  turn_ = nullptr;
  if (is_one_of_many)
    prefetch_work_behind(leaf);
  settle(page, leaf, charge_until(now.last_look_ns(), page));
  page.ready_ns = mark_ns_;
  has_unpublished_turns_ = true;
  if (movable_.size() > 0)
    offer_work();
}

/// Of who is to run after `leaf`, while that runs. Answers whether there is
/// one.
bool worker::prefetch_page_behind(const fair_queue::node& leaf) const noexcept {
  auto* next = queue_.behind(leaf);
  if (next != nullptr)
    prefetch(next, sizeof(ledger_page));
  return next != nullptr;
}

/// What that one has to do: its page has come by now. The last activity, since
/// to find the first one is to look into it; most have just one.
void worker::prefetch_work_behind(const fair_queue::node& leaf) const noexcept {
  auto* next = queue_.behind(leaf);
  if (next == nullptr || !next->has_activities())
    return;
  prefetch(static_cast<const runnable*>(next->last_activity()), activity_bytes);
  static_cast<ledger_page&>(next->payer()).owner.prefetch();
}

bool worker::run_sends() {
  if (sends_.empty())
    return false;
  auto end_ns = mark_ns_ + limits::sends_ns_max;
  while (auto* next = sends_.pop_front()) {
    auto& x = static_cast<runnable&>(*next);
    if (mark_ns_ >= end_ns) {
      push(x);
      continue;
    }
    auto& page = ledger_.page(*x.payer());
    ledger_.charge(page);
    payer_ = &page.owner;
    turn now{time(), mark_ns_, limits::turn_ns_max};
    turn_ = &now;
    x.run(*this, now);
    auto cost_ns = charge_since_mark(page);
    page.unsettled_ns += cost_ns;
    limiter_.charged(page, cost_ns, mark_ns_);
    // The page may not be there for another turn.
    if (page.unsettled_ns >= limits::unsettled_ns_max)
      settle(page, page, 0);
  }
  payer_ = nullptr;
  turn_ = nullptr;
  has_unpublished_turns_ = true;
  return true;
}

bool worker::fire_timers() {
  auto fired = timers_.advance(mark_ns_);
  if (actor_timers_.next_due_ns() <= mark_ns_)
    fired += actor_timers_.trigger_expired_timeouts();
  if (fired > 0)
    charge_since_mark(timers_page_);
  return fired > 0;
}

std::uint64_t worker::next_due_ns() const noexcept {
  return std::min(timers_.next_due_ns(), actor_timers_.next_due_ns());
}

bool worker::poll(bool may_sleep) {
  if (may_sleep && !is_busy())
    ask_for_work();
  if (!may_sleep || is_busy())
    return poll_now();
  is_asleep_.store(true);
  if (inbox_.empty()) {
    auto due_ns = std::min(next_due_ns(), mark_ns_ + limits::sleep_ns_max);
    if (has_unpublished_turns_)
      due_ns = std::min(due_ns, reconcile_due_ns_);
    auto begin_ns = time().now_ns();
    if (due_ns > begin_ns) {
      seams_.events->wait(due_ns - begin_ns, events_);
      interruptions_.slept(time().now_ns() - begin_ns);
    }
  }
  is_asleep_.store(false);
  // What the wait has cost shows at the next reconciliation: the thread's CPU
  // time, which does not run while it sleeps, will be ahead of the charges.
  mark_ns_ = time().now_ns();
  return pass_on_events();
}

bool worker::poll_now() {
  seams_.events->poll(events_);
  return pass_on_events();
}

bool worker::pass_on_events() {
  auto any = !events_.empty();
  if (any)
    broker_->sockets_ready(events_);
  charge_since_mark(polling_page_);
  return any;
}

std::uint64_t worker::charge_since_mark(ledger_page& page) {
  return charge_until(time().now_ns(), page);
}

std::uint64_t worker::charge_until(std::uint64_t end_ns, ledger_page& page) {
  auto passed_ns = std::max(end_ns, mark_ns_) - mark_ns_;
  auto cost_ns
    = less_interruptions(passed_ns - std::min(passed_ns, excluded_ns_));
  mark_ns_ += passed_ns;
  excluded_ns_ = 0;
  ledger_.charge_cpu(page, cost_ns);
  return cost_ns;
}

/// What is to be charged of a stretch that ends now. The rest is nobody's.
std::uint64_t worker::less_interruptions(std::uint64_t passed_ns) {
  if (passed_ns < limits::interrupted_ns_min)
    return passed_ns;
  auto lost_ns = std::min(passed_ns, interruptions_.take(time()));
  excluded_ns_ += lost_ns;
  return passed_ns - lost_ns;
}

/// Of a stretch that is charged by itself, less what others within it were
/// charged: `excluded_ns_` was `excluded_ns` when it began.
std::uint64_t worker::own_cost_since(std::uint64_t begin_ns,
                                     std::uint64_t excluded_ns) {
  return less_interruptions(time().now_ns() - begin_ns
                            - (excluded_ns_ - excluded_ns));
}

/// A settlement costs about as much as an answer's decoding, so what a short
/// send has cost waits for the next turn.
void worker::settle(ledger_page& page, fair_queue::node& leaf,
                    std::uint64_t cost_ns) {
  queue_.settle(leaf, cost_ns + std::exchange(page.unsettled_ns, 0));
  limiter_.charged(page, cost_ns, mark_ns_);
}

void worker::charge_elsewhere(resource_container& x, std::uint64_t cost_ns) {
  auto& page = ledger_.page(x);
  ledger_.charge_elsewhere(page, cost_ns);
  settle(page, page, cost_ns);
  has_unpublished_turns_ = true;
}

void worker::charge_between_turns(resource_container& x,
                                  std::uint64_t cost_ns) {
  auto& page = ledger_.page(x);
  ledger_.charge_cpu(page, cost_ns);
  excluded_ns_ += cost_ns;
  settle(page, page, cost_ns);
}

void worker::apply_changes(resource_container& x) {
  if (x.is_destroyed()) {
    has_destroyed_ = true;
    return;
  }
  // Who has no page yet gets it with its shares and limits.
  auto* page = ledger_.find(x);
  if (page == nullptr)
    return;
  if (auto parent = x.parent(); parent != page->above_owner) {
    auto& above = ledger_.page(*parent);
    // It may have moved, too, and be told of next; then this is told again.
    if (!above.is_below(*page)) {
      queue_.move_below(above, *page);
      page->above_owner = std::move(parent);
    }
  }
  queue_.shares(*page, x.shares());
  if ((x.has_cpu_limits() || page->limited) && !are_limits_lifted_)
    limiter_.apply(*page, mark_ns_);
}

/// All at once, however many have been destroyed.
void worker::revoke_destroyed() {
  has_destroyed_ = false;
  // What has to be run at the end is not held up.
  lift_limits([](resource_container& x) { return x.is_destroyed(); });
  broker_->abort_destroyed();
  delayed_messages_.drop_destroyed();
  charge_since_mark(polling_page_);
}

void worker::lift_limits() {
  are_limits_lifted_ = true;
  lift_limits([](resource_container&) { return true; });
}

template <class Predicate>
void worker::lift_limits(Predicate is_one) {
  if (!limiter_.is_used())
    return;
  std::vector<resource_container_ptr> alive;
  parent_.resources().for_each([&](resource_container& x) {
    if (!is_one(x))
      return;
    if (auto* page = ledger_.find(x); page != nullptr && page->limited)
      alive.push_back(limiter_.lift(*page));
  });
}

void worker::publish() {
  ledger_.reconcile(time().thread_cpu_ns(), polling_page_);
  reconcile_due_ns_ = mark_ns_ + limits::reconcile_interval_ns;
  has_unpublished_turns_ = false;
}

void worker::clear() {
  current_worker = this;
  inbox_.deliver(*this);
  delayed_messages_.clear();
  while (auto* next = sends_.pop_front())
    static_cast<runnable*>(next)->discard();
  while (auto* leaf = queue_.pick()) {
    resource_container_ptr payer{
      &static_cast<ledger_page&>(leaf->payer()).owner};
    while (auto* next = queue_.take(*leaf))
      static_cast<runnable*>(next)->discard();
    queue_.settle(*leaf, 0);
    inbox_.deliver(*this);
  }
  current_worker = nullptr;
}

worker::section::section(const resource_container_ptr& payer)
  : here_(current_worker), payer_(*payer) {
  if (here_ == nullptr)
    return;
  begin_ns_ = here_->time().now_ns();
  excluded_ns_ = here_->excluded_ns_;
}

worker::section::~section() {
  if (here_ == nullptr)
    return;
  auto cost_ns = here_->own_cost_since(begin_ns_, excluded_ns_);
  here_->ledger_.charge_cpu(here_->ledger_.page(payer_), cost_ns);
  here_->excluded_ns_ += cost_ns;
}

} // namespace troupe
