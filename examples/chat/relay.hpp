#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"

#include "troupe/cluster/cluster.hpp"
#include "troupe/examples/chat/audience.hpp"

namespace chat {

/// Request: `peer` hears the room from now on, as long as the sender lives:
/// first its last messages, or those that have followed `sequence` of
/// `ownership` if that is not 0, then that it has joined, then all that
/// follows without a gap. Answered when it is a member.
struct add_member {
  std::string nickname;
  recipient peer;
  std::uint64_t ownership = 0;
  std::uint64_t sequence = 0;
};

/// Request: the sender's peer hears one last event and then nothing more.
/// Answered when it is no member.
struct remove_member {};

/// Request: tells the words to all members, in this order. Answered when all
/// of this node have had a turn to send them: who waits for answers does not
/// talk faster than the members are served. The relay takes the senders' word
/// for who they are.
struct post {
  std::string nickname;
  std::vector<std::string> words;
};

/// A room as its members on one node see it: takes what they say to the room,
/// which lives on whatever node owns its name, and tells them what the room
/// tells. So that costs one message a node, however many hear it; and words
/// that come together are told together.
///
/// While the room cannot be reached it keeps what was said, for
/// `room_wait_max`, and asks again. What is lost with the owner of the room is
/// refused, as it is not known whether somebody has heard it.
///
/// Monitors the members: who ends has left. Whoever spawned it bounds its
/// members, and ends it with an exit message.
caf::actor spawn_relay(troupe::cluster& nodes, std::string room);

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::add_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::remove_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::post)
