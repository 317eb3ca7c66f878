#include "troupe/runtime/local_actor.hpp"

#include "troupe/runtime/worker.hpp"

namespace troupe {

local_actor::local_actor(worker& home, resource_container_ptr payer)
  : home_(home), activity_(std::move(payer), *this) {
  // nop
}

local_actor::~local_actor() = default;

void local_actor::prefetch() const noexcept {
  // nop
}

void local_actor::rebind(resource_container_ptr to) {
  home_.rebind(activity_, std::move(to));
}

void local_actor::turn_ended() {
  // nop
}

void local_actor::ended() {
  // nop
}

/// The turn in which what is delivered can be handled at once, null if it has
/// to be queued.
turn* local_actor::turn_in_place() const noexcept {
  return !is_running_ && !has_ended_ && delivered_.empty()
           ? home_.turn_of(*payer())
           : nullptr;
}

void local_actor::run_in_place(local_message& what, turn& now) {
  local_actor_ptr alive{this};
  is_running_ = true;
  receive(what);
  work_off(now);
  if (give_way())
    schedule();
}

void local_actor::deliver_later(local_message_ptr what) {
  if (has_ended_)
    return;
  auto is_first = delivered_.empty();
  delivered_.push_back(std::move(what));
  if (is_first && !is_running_)
    schedule();
}

/// The reference goes when it has run.
void local_actor::schedule() {
  add_reference();
  home_.schedule(activity_);
}

/// Answers whether the turn is over before all is done.
bool local_actor::work_off(turn& now) {
  while (!is_ending_) {
    auto what = delivered_.pop_front();
    if (what == nullptr)
      return false;
    receive(*what);
    if (!delivered_.empty() && now.is_over())
      return true;
  }
  return false;
}

/// Answers whether there is more to do.
bool local_actor::give_way() {
  if (is_ending_ && !has_ended_) {
    has_ended_ = true;
    delivered_.clear();
    ended();
  } else if (!has_ended_)
    turn_ended();
  is_running_ = false;
  return !delivered_.empty();
}

bool local_actor::mailbox_activity::run(worker&, turn& now) {
  local_actor_ptr alive{&self_};
  self_.is_running_ = true;
  self_.work_off(now);
  if (self_.give_way())
    return true;
  self_.drop_reference();
  return false;
}

void local_actor::mailbox_activity::discard() noexcept {
  local_actor_ptr alive{&self_};
  self_.drop_reference();
  // It has an end like any other: what it holds may hold it.
  self_.quit();
  self_.give_way();
}

} // namespace troupe
