#pragma once

#include <atomic>
#include <cstddef>

#include "caf/event_based_actor.hpp"

#include "troupe/runtime/resource_container.hpp"
#include "troupe/runtime/runnable.hpp"

namespace troupe {

class worker;

/// An actor that lives on one worker and always pays from one resource
/// container: brokers, codec actors and connection actors.
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

  using caf::event_based_actor::enqueue;

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* from) override;

  void launch(caf::execution_unit* from, bool is_lazy, bool is_hidden) override;

protected:
  /// Takes an element that is not for the behavior; answers false if it is
  /// none of those.
  virtual bool intercept(caf::mailbox_element& what);

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

  bool run(worker& here, turn& now);

  worker& home_;
  mailbox_activity activity_;
  std::atomic<std::uint32_t> waiting_{0};
};

} // namespace troupe
