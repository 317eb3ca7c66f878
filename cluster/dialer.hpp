#pragma once

#include <string>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"

#include "troupe/runtime/endpoint.hpp"

namespace troupe {

class cluster_node;

/// Command: connect to the node. Answered by `dialled` in any case.
struct dial_node {};

struct dialled {
  /// Nothing if there is a connection now.
  std::string why_not;
};

/// Connects to one node, when told. It blocks, at most for
/// `limits::dial_timeout_ms` if the address is dead, so it has a thread of its
/// own, and CAF's actor that does so has another.
caf::actor spawn_dialer(cluster_node& parent, endpoint address);

/// Opens the port that other nodes dial. Answers what has gone wrong; nothing
/// if nothing has.
std::string open_node_port(cluster_node& parent);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::dial_node)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::dialled)
