#pragma once

#include "caf/actor.hpp"

#include "troupe/actors/behavior.hpp"
#include "troupe/actors/connection.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/codec/protobuf.hpp"

#include "chat/chat.pb.h"

namespace chat {

using envelope_codec = troupe::protobuf_codec<Envelope>;

/// What a connection actor does whose peer speaks protobuf, or lines: a session
/// carries out its commands, and what rooms tell is passed on.
troupe::behavior serve_envelopes(troupe::connection_of<envelope_codec>* self,
                                 const caf::actor& lobby);

troupe::behavior serve_lines(troupe::connection_of<troupe::line_codec>* self,
                             const caf::actor& lobby);

} // namespace chat
