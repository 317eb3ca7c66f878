#pragma once

#include <string>
#include <vector>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/fwd.hpp"

#include "troupe/examples/chat/posting.hpp"

namespace chat {

/// Request: the sender wants all postings of the room from now on. Answered by
/// `recalled`, behind which they follow without a gap.
struct add_member {
  std::string nickname;
};

/// Answer: the room's last messages, oldest first, and that the sender has
/// joined.
struct recalled {
  std::vector<posting> postings;
};

/// Request: the sender, a member, wants no more of them. Answered by a last
/// one.
struct remove_member {};

/// Request: tells `text` to all members. Answered when it is told, and all
/// sessions keep up: who waits for answers does not talk faster than the
/// slowest of them is run. The room takes the senders' word for who they are.
struct post {
  std::string nickname;
  std::string text;
};

/// Event, room to session: what happened, oldest first.
struct told {
  std::vector<posting> postings;
};

/// Request, room to session: answered when all that was told before is handled.
struct catch_up {};

/// Numbers what is said in one room, remembers the end of it, and sends it as
/// `told` to all members in that order. Words of one speaker that wait are told
/// together: a message to each of a thousand members costs the same, however
/// many words are in it. Monitors the members: who ends has left. Whoever
/// spawned it bounds its members, and ends it with an exit message.
caf::actor spawn_room(caf::actor_system& system, std::string name);

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::add_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::recalled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::remove_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::post)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::catch_up)
