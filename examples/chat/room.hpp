#pragma once

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"

#include "troupe/cluster/directory.hpp"

namespace chat {

/// The one that numbers what is said in a room, remembers the end of it, and
/// tells all relays of the room in that order. It lives on the node that owns
/// the name of the room, ends when nobody is in it, and takes nothing while it
/// cannot be sure to be the only one. Its contract is in room_messages.hpp.
caf::actor spawn_room(caf::actor_system& system, troupe::ownership own);

} // namespace chat
