#pragma once

#include <utility>

#include "caf/abstract_actor.hpp"
#include "caf/actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/local_actor.hpp"
#include "caf/mailbox_element.hpp"

namespace troupe {

/// Sends `what`, a command that holds a message with its `sender` and
/// `message_id`, to `to`, on the bill of the caller. If the message is a
/// request, the command is the same one, so that whoever drops it answers.
template <class Command>
void pass_on(const caf::actor& to, Command what) {
  auto id = caf::message_id{what.message_id};
  auto asker = id.is_request() ? what.sender : nullptr;
  if (asker == nullptr)
    id = caf::make_message_id();
  auto* target = caf::actor_cast<caf::abstract_actor*>(to);
  target->enqueue(caf::make_mailbox_element(std::move(asker), id, {},
                                            std::move(what)),
                  nullptr);
}

/// To be called by who handles such a command, and sees to the answer.
inline void take_over(caf::local_actor& self) {
  self.current_mailbox_element()->mid.mark_as_answered();
}

} // namespace troupe
