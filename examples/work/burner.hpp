#pragma once

#include <cstdint>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/fwd.hpp"

namespace work {

/// Request: burn this much CPU time. Answered when it is burnt.
struct burn {
  std::uint32_t us;
  bool is_important = false;
};

/// Burns for all connections, in the order in which they ask.
caf::actor spawn_burner(caf::actor_system& system);

/// The same, but what is important goes first: what an application can do by
/// itself. It knows of a request once that has been read and parsed.
caf::actor spawn_ordering_burner(caf::actor_system& system);

} // namespace work

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(work::burn)
