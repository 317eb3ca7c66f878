#pragma once

#include <string>
#include <vector>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"

#include "troupe/examples/chat/audience.hpp"

namespace chat {

/// Request: `peer` hears the room from now on, as long as the sender lives:
/// first its last messages, then that it has joined, then all that follows
/// without a gap. Answered when it is a member.
struct add_member {
  std::string nickname;
  recipient peer;
};

/// Request: the sender's peer hears one last event and then nothing more.
/// Answered when it is no member.
struct remove_member {};

/// Request: tells the words to all members, in this order. Answered when all
/// have had a turn to send them: who waits for answers does not talk faster
/// than the members are served. The room takes the senders' word for who they
/// are.
struct post {
  std::string nickname;
  std::vector<std::string> words;
};

/// Numbers what is said in one room, remembers the end of it, and tells all
/// members in that order. Words that come together are told together: it costs
/// the same to tell a thousand members, however many words there are.
/// Monitors the members: who ends has left. Whoever spawned it bounds its
/// members, and ends it with an exit message.
caf::actor spawn_room(caf::actor_system& system, std::string name);

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::add_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::remove_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::post)
