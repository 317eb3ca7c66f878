#pragma once

#include <memory>
#include <utility>

#include "troupe/runtime/local_message.hpp"
#include "troupe/runtime/ref_ptr.hpp"
#include "troupe/runtime/resource_container.hpp"
#include "troupe/runtime/runnable.hpp"

namespace troupe {

class worker;

/// An actor that only others on its worker know: brokers and codec actors. It
/// lives on one worker and always pays from one resource container.
///
/// It is a mailbox and what it does with a message, and has nothing of what
/// CAF's actors carry to be monitored, asked, linked to or reached from other
/// threads, which is more than a kilobyte a connection. Only its worker's
/// thread may use it; any may make it.
class local_actor : public ref_counted {
public:
  local_actor(worker& home, resource_container_ptr payer);

  virtual ~local_actor();

  worker& home() const noexcept {
    return home_;
  }

  const resource_container_ptr& payer() const noexcept {
    return activity_.payer();
  }

  /// Has the processor fetch what it will need for what it is given soon.
  virtual void prefetch() const noexcept;

  /// Has `to` pay from the next turn on.
  virtual void rebind(resource_container_ptr to);

  /// Has `receive` get `message`, after all that came before. In a turn on the
  /// actor's own bill that is at once, so that a batch passes from actor to
  /// actor without being queued; else, and if the actor is at work already,
  /// when it runs next. Bounded by the flow of what runs through a connection.
  /// Does nothing once the actor has ended.
  template <class Message>
  void deliver(Message message) {
    if (takes_at_once_) {
      local_message_of<Message> what{std::move(message)};
      receive(what);
    } else if (auto* now = turn_in_place()) {
      local_message_of<Message> what{std::move(message)};
      run_in_place(what, *now);
    } else
      deliver_later(
        std::make_unique<local_message_of<Message>>(std::move(message)));
  }

protected:
  /// Handles what was delivered.
  virtual void receive(local_message& what) = 0;

  /// Called at the end of each turn in which the actor ran and lives on.
  virtual void turn_ended();

  /// Called when it has ended, to let go of others.
  virtual void ended();

  /// Ends it when it has handled what it is at.
  void quit() noexcept {
    is_ending_ = true;
  }

  /// Has `receive` get what is delivered while the actor is at work at once, in
  /// the middle of what it does. For a short while, in which it can be.
  void takes_at_once(bool value) noexcept {
    takes_at_once_ = value && delivered_.empty();
  }

  bool takes_at_once() const noexcept {
    return takes_at_once_;
  }

private:
  class mailbox_activity final : public runnable {
  public:
    mailbox_activity(resource_container_ptr payer, local_actor& self)
      : runnable(std::move(payer)), self_(self) {
      // nop
    }

    bool run(worker& here, turn& now) override;

    void discard() noexcept override;

  private:
    local_actor& self_;
  };

  turn* turn_in_place() const noexcept;
  void run_in_place(local_message& what, turn& now);
  void deliver_later(local_message_ptr what);
  void schedule();
  bool work_off(turn& now);
  bool give_way();

  worker& home_;
  mailbox_activity activity_;
  local_message_list delivered_;
  bool is_running_ = false;
  bool takes_at_once_ = false;
  bool is_ending_ = false;
  bool has_ended_ = false;
};

using local_actor_ptr = ref_ptr<local_actor>;

} // namespace troupe
