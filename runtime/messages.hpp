#pragma once

#include <cstdint>
#include <vector>

#include "caf/error.hpp"

#include "troupe/codec/slice.hpp"
#include "troupe/runtime/poller.hpp"

namespace troupe {

/// Event, poller to broker: the sockets that became ready in one round.
struct sockets_ready {
  std::vector<socket_event> events;
};

/// Event, connection_io to codec actor: what one read has brought.
struct bytes_received {
  slice bytes;
};

/// Event, connection_io to codec actor: nothing more will be received. `reason`
/// says why; `errc::end_of_stream` is the peer's regular end.
struct input_ended {
  caf::error reason;
};

} // namespace troupe
