#pragma once

#include <memory>

#include "troupe/actors/messages.hpp"
#include "troupe/codec/codec.hpp"
#include "troupe/runtime/bound_actor.hpp"
#include "troupe/runtime/connection_io.hpp"
#include "troupe/runtime/local_actor.hpp"
#include "troupe/runtime/messages.hpp"

namespace troupe {

/// Flow: from runtime/connection_io, to actors/connection, and back.
///
/// Parses and serialises for one connection, on its worker and its bill. Takes
/// `bytes_received` and `input_ended` from the socket, and `send_frames` and
/// `close_connection` from the connection actor, to which it sends
/// `frames_received` and `frames_ended`; all by `deliver`. It decodes no
/// further, and so reads no further, until a batch has been answered.
/// Ends with `close_connection`. Any thread may make it.
local_actor_ptr make_codec_actor(const connection_io_ptr& io,
                                 std::unique_ptr<codec> format);

/// Says whom the codec actor serves; must come before the first message.
void serve(local_actor& codec_actor, bound_actor_ptr connection);

} // namespace troupe
