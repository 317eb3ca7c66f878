#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/event_based_actor.hpp"

#include "troupe/runtime/local_message.hpp"
#include "troupe/runtime/resource_container.hpp"
#include "troupe/runtime/runnable.hpp"

namespace troupe {

class worker;

/// An actor that lives on one worker and always pays from one resource
/// container: connection actors.
///
/// It is an ordinary event-based actor to its handlers; what differs is that
/// it schedules itself, gives way when the turn is over and not after some
/// number of messages, and has a bounded mailbox. CAF's streams are not
/// supported. Its destructor may run on any thread, all else on the worker's.
class bound_actor : public caf::event_based_actor {
public:
  bound_actor(caf::actor_config& config, worker& home,
              resource_container_ptr payer);

  ~bound_actor() override;

  worker& home() const noexcept {
    return home_;
  }

  const resource_container_ptr& payer() const noexcept {
    return activity_.payer();
  }

  /// Has the processor fetch what it will need for what is delivered soon.
  void prefetch() const noexcept;

  /// Has `to` pay from the next turn on. Only on this worker's thread.
  virtual void rebind(resource_container_ptr to);

  using caf::event_based_actor::enqueue;

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* from) override;

  void launch(caf::execution_unit* from, bool is_lazy, bool is_hidden) override;

  /// Has `receive` get `message`, before all that came by `enqueue`: the way of
  /// what runs through a connection, which is bounded by its flow. Only on this
  /// worker's thread. In a turn on the actor's own bill that is at once, so
  /// that a batch passes from actor to actor without being queued; else, and if
  /// the actor is at work already, when it runs next. Does nothing once the
  /// actor has ended.
  template <class Message>
  void deliver(Message message) {
    if (auto* now = turn_in_place()) {
      local_message_of<Message> what{std::move(message)};
      run_in_place(what, *now);
    } else
      deliver_local(
        std::make_unique<local_message_of<Message>>(std::move(message)));
  }

protected:
  /// Handles what was delivered.
  virtual void receive(local_message& what);

  /// Called when the behavior has handled a message from the mailbox.
  virtual void message_handled();

  /// What is to be handled before the next element of the mailbox.
  virtual bool has_backlog() const noexcept;

  /// Handles some of it. May end the actor.
  virtual void run_backlog(turn& now);

  /// Called at the end of each turn in which the actor ran and lives on.
  virtual void turn_ended();

  /// Called by whoever enqueues, on any thread, when a message was dropped
  /// because the mailbox was full.
  virtual void mailbox_overrun() noexcept;

  /// Lets the actor run although no message has come.
  void wake();

private:
  struct visitor;
  class running;

  class mailbox_activity final : public runnable {
  public:
    mailbox_activity(resource_container_ptr payer, bound_actor& self)
      : runnable(std::move(payer)), self_(self) {
      // nop
    }

    bool run(worker& here, turn& now) override;

    void discard() noexcept override;

  private:
    bound_actor& self_;
  };

  void schedule();
  turn* turn_in_place() const noexcept;
  void run_in_place(local_message& what, turn& now);
  void deliver_local(local_message_ptr what);
  void let_go();
  void count_waiting(std::uint32_t waiting);
  bool enter();
  bool has_ended();
  bool run_delivered(turn& now);
  void give_way();
  bool run_queued(turn& now);

  worker& home_;
  mailbox_activity activity_;
  std::atomic<std::uint32_t> waiting_{0};
  /// Those of them that the resource container pays for.
  std::uint32_t counted_ = 0;
  bool has_handled_ = false;
  bool is_running_ = false;
  /// What was not handled yet.
  local_message_list delivered_;
};

/// A handle that gives access to the actor itself, for those on its worker.
class bound_actor_ptr {
public:
  bound_actor_ptr() = default;

  /// `handle` must be that of a bound actor.
  explicit bound_actor_ptr(const caf::actor& handle)
    : alive_(caf::actor_cast<caf::strong_actor_ptr>(handle)) {
    // nop
  }

  bound_actor* operator->() const noexcept {
    return static_cast<bound_actor*>(alive_->get());
  }

  bound_actor& operator*() const noexcept {
    return *operator->();
  }

  explicit operator bool() const noexcept {
    return alive_ != nullptr;
  }

private:
  caf::strong_actor_ptr alive_;
};

} // namespace troupe
