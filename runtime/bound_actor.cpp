#include "troupe/runtime/bound_actor.hpp"

#include "caf/mailbox_element.hpp"
#include "caf/scheduler/abstract_coordinator.hpp"
#include "caf/system_messages.hpp"

#include "troupe/runtime/bounce.hpp"
#include "troupe/runtime/control_message.hpp"
#include "troupe/runtime/prefetch.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

/// What CAF's mailbox hands over at once; the turn ends by the clock.
constexpr std::size_t messages_per_round = 1024;

/// What is used of a connection actor from its activity on.
constexpr std::size_t connection_bytes = 192;

} // namespace

/// Consumes the mailbox one element at a time, until the turn is over.
struct bound_actor::visitor {
  bound_actor& self;
  turn& now;
  mailbox_visitor other;
  bool is_over = false;

  caf::intrusive::task_result handle(caf::mailbox_element& x) {
    using caf::intrusive::task_result;
    self.has_handled_ = true;
    self.waiting_.fetch_sub(1, std::memory_order_relaxed);
    switch (self.reactivate(x)) {
      case activation_result::terminated:
        return task_result::stop_all;
      case activation_result::skipped:
        self.waiting_.fetch_add(1, std::memory_order_relaxed);
        return task_result::skip;
      default:
        break;
    }
    self.message_handled();
    is_over = now.is_over();
    return is_over || self.has_backlog() ? task_result::stop_all
                                         : task_result::resume;
  }

  template <class Queue>
  caf::intrusive::task_result operator()(std::size_t, Queue&,
                                         caf::mailbox_element& x) {
    return handle(x);
  }

  caf::intrusive::task_result operator()(std::size_t i, upstream_queue& q,
                                         caf::mailbox_element& x) {
    return other(i, q, x);
  }

  caf::intrusive::task_result
  operator()(std::size_t i, downstream_queue& q, caf::stream_slot slot,
             caf::policy::downstream_messages::nested_queue_type& nested,
             caf::mailbox_element& x) {
    return other(i, q, slot, nested, x);
  }
};

/// Marks an actor as being at work, also if that throws.
class bound_actor::running {
public:
  explicit running(bool& mark) noexcept : mark_(mark) {
    mark_ = true;
  }

  running(const running&) = delete;
  running& operator=(const running&) = delete;

  ~running() {
    mark_ = false;
  }

private:
  bool& mark_;
};

bound_actor::bound_actor(caf::actor_config& config, worker& home,
                         resource_container_ptr payer)
  : caf::event_based_actor(config),
    home_(home),
    activity_(std::move(payer), *this) {
  // nop
}

bound_actor::~bound_actor() = default;

void bound_actor::prefetch() const noexcept {
  // It is counted in front of itself; what a connection has comes behind.
  troupe::prefetch(ctrl(), &context_ + 1);
  troupe::prefetch(&bhvr_stack_, &bhvr_stack_ + 1);
  troupe::prefetch(&activity_, connection_bytes);
}

void bound_actor::enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) {
  auto mid = what->mid;
  auto asker = mid.is_request() ? what->sender : nullptr;
  auto bounce = [&] {
    bounce_request(asker, mid,
                   caf::make_error(caf::sec::request_receiver_down));
  };
  auto waiting = waiting_.fetch_add(1, std::memory_order_relaxed);
  if (waiting >= limits::mailbox_messages_max && !is_control_message(*what)) {
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    bounce();
    mailbox_overrun();
    return;
  }
  switch (mailbox().push_back(std::move(what))) {
    case caf::intrusive::inbox_result::unblocked_reader:
      schedule();
      break;
    case caf::intrusive::inbox_result::queue_closed:
      bounce();
      break;
    case caf::intrusive::inbox_result::success:
      break;
  }
}

void bound_actor::launch(caf::execution_unit*, bool is_lazy, bool is_hidden) {
  if (!is_hidden)
    register_at_system();
  if (is_lazy && mailbox().try_block())
    return;
  schedule();
}

/// The reference goes when `run` answers false.
void bound_actor::schedule() {
  caf::intrusive_ptr_add_ref(ctrl());
  home_.schedule(activity_);
}

void bound_actor::rebind(resource_container_ptr to) {
  auto counted = counted_;
  count_waiting(0);
  home_.rebind(activity_, std::move(to));
  count_waiting(counted);
}

/// Messages in the mailbox are counted when the actor gives way: to do so with
/// each would cost as much as to send it.
void bound_actor::count_waiting(std::uint32_t waiting) {
  if (waiting == counted_)
    return;
  auto more = std::int64_t{waiting} - std::int64_t{counted_};
  home_.charge_memory(
    *payer(), more * static_cast<std::int64_t>(limits::queued_message_bytes));
  counted_ = waiting;
}

void bound_actor::receive(local_message&) {
  // nop
}

void bound_actor::message_handled() {
  // nop
}

bool bound_actor::has_backlog() const noexcept {
  return false;
}

void bound_actor::run_backlog(turn&) {
  // nop
}

void bound_actor::turn_ended() {
  // nop
}

void bound_actor::mailbox_overrun() noexcept {
  // nop
}

void bound_actor::wake() {
  if (mailbox().try_unblock())
    schedule();
}

bool bound_actor::mailbox_activity::run(worker&, turn& now) {
  auto* block = self_.ctrl();
  if (self_.run_queued(now))
    return true;
  caf::intrusive_ptr_release(block);
  return false;
}

void bound_actor::mailbox_activity::discard() noexcept {
  // It has an end like any other: what it holds may hold it.
  if (!self_.getf(is_cleaned_up_flag))
    self_.on_exit();
  self_.let_go();
  caf::scheduler::abstract_coordinator::cleanup_and_release(&self_);
}

void bound_actor::deliver_local(local_message_ptr what) {
  if (getf(is_cleaned_up_flag))
    return;
  delivered_.push_back(std::move(what));
  if (!is_running_)
    wake();
}

/// Of all that it had still to do.
void bound_actor::let_go() {
  delivered_.clear();
  count_waiting(0);
}

/// The turn in which what is delivered can be handled at once, null if it has
/// to be queued.
turn* bound_actor::turn_in_place() const noexcept {
  return !is_running_ && delivered_.empty() && !getf(is_cleaned_up_flag)
           ? home_.turn_of(*payer())
           : nullptr;
}

/// CAF's `activate`, of which seldom more is needed than this.
inline bool bound_actor::enter() {
  if (!getf(is_initialized_flag) || !alive())
    return activate(&home_);
  context(&home_);
  return true;
}

/// What asks for something while it ends seems to be alive again.
inline bool bound_actor::has_ended() {
  return getf(is_cleaned_up_flag) || (!alive() && finalize());
}

/// Works off the backlog and what was delivered, as far as the turn lasts.
/// Answers whether the turn is over.
bool bound_actor::run_delivered(turn& now) {
  auto is_backlog_due = has_backlog();
  for (;;) {
    if (is_backlog_due) {
      run_backlog(now);
      // It may have changed the behavior, which then takes what it skipped.
      if (waiting_.load(std::memory_order_relaxed) > 0)
        mailbox().flush_cache();
    } else if (auto what = delivered_.pop_front())
      receive(*what);
    else
      return false;
    has_handled_ = true;
    if (has_ended())
      return false;
    is_backlog_due = has_backlog();
    // One batch after the other would keep the mailbox waiting.
    if (!is_backlog_due
        && (delivered_.empty() || waiting_.load(std::memory_order_relaxed) > 0))
      return false;
    if (now.is_over())
      return true;
  }
}

/// Leaves the mailbox alone, which others may use meanwhile: blocked, it stays
/// so until one of them queues the actor.
void bound_actor::run_in_place(local_message& what, turn& now) {
  caf::strong_actor_ptr alive{ctrl()};
  running running_now{is_running_};
  if (!enter())
    return;
  receive(what);
  has_handled_ = true;
  if (!has_ended())
    run_delivered(now);
  if (!has_ended())
    give_way();
  if (has_ended())
    let_go();
  else if (!delivered_.empty() || has_backlog()
           || waiting_.load(std::memory_order_relaxed) > 0)
    wake();
}

/// As CAF does, an actor that has handled something waits anew for the next.
void bound_actor::give_way() {
  turn_ended();
  count_waiting(waiting_.load(std::memory_order_relaxed));
  if (std::exchange(has_handled_, false) && !bhvr_stack_.empty()
      && (getf(has_timeout_flag) || bhvr_stack_.back().timeout().valid()))
    set_receive_timeout();
}

bool bound_actor::run_queued(turn& now) {
  running running_now{is_running_};
  if (!enter())
    return false;
  for (;;) {
    auto is_over = run_delivered(now);
    if (!is_over && !getf(is_cleaned_up_flag)) {
      if (mailbox().empty()) {
        // Sending comes first: once blocked, the actor belongs to nobody.
        give_way();
        if (delivered_.empty() && mailbox().try_block())
          return false;
        continue;
      }
      std::size_t handled = 0;
      visitor consume{*this, now, {this, handled, SIZE_MAX}};
      mailbox().new_round(messages_per_round, consume);
      is_over = consume.is_over;
    }
    if (has_ended()) {
      let_go();
      return false;
    }
    if (is_over) {
      give_way();
      return true;
    }
  }
}

} // namespace troupe
