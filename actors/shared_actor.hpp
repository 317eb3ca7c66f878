#pragma once

#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/mailbox_element.hpp"

#include "troupe/runtime/staged_mailbox.hpp"

namespace troupe {

/// An actor that works for many: a chat room, a cache, a logger. Each message
/// runs in the turn, and on the bill, of the resource container that caused
/// it, and so does what its handler causes in turn (see docs/accounting.md).
///
/// Otherwise an ordinary event-based actor. Derive from it, or spawn a function
/// that takes a `shared_actor*`:
///
///     system.spawn([](troupe::shared_actor* self) -> caf::behavior { … });
///
/// It lives on one worker. A resource container that has
/// `staged_messages_max` messages waiting here has further ones dropped;
/// requests among them are answered with `errc::stage_full`.
class shared_actor : public caf::event_based_actor {
public:
  explicit shared_actor(caf::actor_config& config);

  ~shared_actor() override;

  using caf::event_based_actor::enqueue;

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* from) override;

  /// The same on the bill of `payer`; `what` is no control message.
  void enqueue(caf::mailbox_element_ptr what, resource_container& payer);

  void launch(caf::execution_unit* from, bool is_lazy, bool is_hidden) override;

  const char* name() const override;

private:
  staged_mailbox stages_;
};

/// Sends `what`, no control message, to `to`, a shared actor, on the bill of
/// `payer`.
template <class Message>
void send_on_bill(resource_container& payer, const caf::actor& to,
                  Message what) {
  auto* target = caf::actor_cast<caf::abstract_actor*>(to);
  dynamic_cast<shared_actor&>(*target).enqueue(
    caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                              std::move(what)),
    payer);
}

} // namespace troupe
