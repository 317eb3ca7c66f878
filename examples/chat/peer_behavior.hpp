#pragma once

#include "caf/actor.hpp"

#include "troupe/actors/behavior.hpp"
#include "troupe/actors/connection.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/examples/chat/posting.hpp"

namespace chat {

/// What a connection actor does whose peer speaks protobuf, or lines: a session
/// carries out its commands. What rooms tell goes to the peer directly.
troupe::behavior serve_envelopes(troupe::connection_of<envelope_codec>* self,
                                 const caf::actor& lobby);

troupe::behavior serve_lines(troupe::connection_of<troupe::line_codec>* self,
                             const caf::actor& lobby);

} // namespace chat
