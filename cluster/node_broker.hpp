#pragma once

#include <cstdint>
#include <string>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/fwd.hpp"
#include "caf/message.hpp"
#include "caf/node_id.hpp"

#include "troupe/cluster/cluster_node_ptr.hpp"
#include "troupe/cluster/parcel.hpp"
#include "troupe/runtime/resource_container.hpp"

namespace troupe {

/// Has CAF's distribution come with our broker, and registers what nodes tell
/// each other. `silence_ms` is after what time CAF gives up a connection.
void load_node_broker(caf::actor_system_config& config,
                      std::uint64_t silence_ms);

/// The broker that `load_node_broker` has brought.
caf::actor node_broker_of(caf::actor_system& system);

/// Who pays for what the runtime does for a cluster, the broker included.
resource_container_ptr node_broker_payer(caf::actor_system& system);

// What it takes. It runs on the first worker.

/// Command: tell `watch` what happens, and take parcels for `parent`.
struct open_broker {
  cluster_node_ptr parent;
  caf::actor watch;
};

/// Command: send this, if there is a connection with that node.
struct send_frame {
  caf::node_id to;
  caf::message what;
};

/// Command: parcels of that node, which calls itself so, may come, and are for
/// that link.
struct admit_node {
  caf::node_id who;
  std::string name;
  caf::actor link;
};

/// Command: end the connection with that node, which has done `why`.
struct cut_node {
  caf::node_id who;
  std::string why;
};

// What it tells `watch`.

/// Event: a connection was made, whoever dialled.
struct node_connected {
  caf::node_id who;
};

/// Event: there is none any more.
struct node_disconnected {
  caf::node_id who;
};

/// Events: the node says so.
struct hello_received {
  caf::node_id from;
  /// Numbers of connections only grow.
  std::uint64_t connection = 0;
  node_hello what;
};

struct beat_received {
  caf::node_id from;
  node_beat what;
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::open_broker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::send_frame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::admit_node)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cut_node)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::node_connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::node_disconnected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::hello_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::beat_received)
