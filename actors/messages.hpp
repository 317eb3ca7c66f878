#pragma once

#include "caf/error.hpp"

#include "troupe/codec/codec.hpp"

namespace troupe {

/// Event, codec actor to connection actor: what one decoding has brought.
struct frames_received {
  frame_batch_ptr frames;
};

/// Command, connection actor to codec actor: send these, if any. With
/// `is_answer` set, the frames received last have all been handled.
struct send_frames {
  frame_batch_ptr frames;
  bool is_answer = false;
};

/// Command, connection actor to codec actor: close when all is sent.
struct close_connection {
  caf::error reason;
};

/// Event, codec actor to connection actor: there will be no more frames.
struct frames_ended {
  caf::error reason;
};

} // namespace troupe
