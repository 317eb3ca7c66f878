#pragma once

#include <memory>

#include "caf/actor.hpp"

#include "troupe/actors/messages.hpp"
#include "troupe/codec/codec.hpp"
#include "troupe/runtime/connection_io.hpp"
#include "troupe/runtime/messages.hpp"

namespace troupe {

/// Flow: from runtime/connection_io, to actors/connection, and back.
///
/// Parses and serialises for one connection, on its worker and its bill. Takes
/// `serve_connection` first, then `bytes_received` and `input_ended` from the
/// socket, and `send_frames` and `close_connection` from the connection actor,
/// to which it sends `frames_received` and `frames_ended`. It decodes no
/// further, and so reads no further, until a batch has been answered.
/// Ends with `close_connection`.
caf::actor spawn_codec_actor(connection_io_ptr io,
                             std::unique_ptr<codec> format);

} // namespace troupe
