#pragma once

#include <string>

#include "caf/fwd.hpp"

namespace troupe {

/// Whether a message that a node has sent holds types that nodes send: an
/// application's own, texts and numbers; and errors with a text, as responses.
/// To be asked before CAF reads it: CAF would make proxies of handles, and read
/// messages within messages until the stack is full.
bool may_be_read(caf::actor_system& system, const std::string& content,
                 bool is_response);

} // namespace troupe
