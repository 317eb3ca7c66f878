#pragma once

#include <string>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/fwd.hpp"

#include "troupe/cluster/cluster.hpp"
#include "troupe/examples/chat/posting.hpp"

namespace chat {

// A request that is not granted is answered by a denial (chat/denial.hpp).

/// Request: nobody else has `nickname` until the sender ends. Answered by the
/// `posting` of that.
struct take_nickname {
  std::string nickname;
};

/// Request: answered by the room's relay, which exists as long as somebody of
/// this node has entered the room and not left it. The sender then tells the
/// relay itself.
struct enter_room {
  std::string room;
};

/// Command: the opposite, after the sender has told the relay.
struct leave_room {
  std::string room;
};

/// Request: answered by a `posting` of what was asked for.
struct list_rooms {};

/// The same.
struct list_members {
  std::string room;
};

/// Knows who is in which room, so that nicknames are unique, rooms are made
/// when first entered and go away when empty, and both are bounded.
/// Monitors sessions: who ends has left everywhere.
caf::actor spawn_lobby(troupe::cluster& nodes);

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::take_nickname)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::enter_room)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::leave_room)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::list_rooms)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::list_members)
