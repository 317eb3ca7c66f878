#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/message.hpp"
#include "caf/node_id.hpp"

#include "troupe/cluster/cluster_node_ptr.hpp"
#include "troupe/cluster/parcel.hpp"

namespace troupe {

/// Command: send this message there. On the bill of whoever sends it.
struct send_parcel {
  addressee kind = addressee::actor;
  std::string name;
  std::uint64_t actor = 0;
  caf::strong_actor_ptr sender;
  std::uint64_t message_id = 0;
  caf::message content;
  std::uint32_t lifetime_ms = 0;
};

/// Says that parcels of one payer were handled, or dropped, when it ends: gives
/// credit back in any case.
class parcel_credit;

/// Event: these have come in, all of one payer, who pays for this message.
struct parcels_arrived {
  std::vector<parcel> parcels;
  std::shared_ptr<parcel_credit> credit;
  caf::node_id from;
  /// By which connection, as the next one may lead to another process, whose
  /// actors have the same numbers: what came by an earlier one is dropped.
  std::uint64_t connection = 0;
};

/// Event: there is a connection to the node, which CAF calls `remote`. Numbers
/// of connections only grow. Parcels of this one may come before, as they are
/// on other bills.
struct link_made {
  caf::node_id remote;
  std::uint64_t connection = 0;
};

/// Event: there is none any more.
struct link_lost {
  std::uint64_t connection = 0;
};

/// Event: parcels were handled; `by_peer` there, otherwise here.
struct credit_returned {
  std::vector<parcels_handled> receipts;
  bool by_peer = false;
};

/// Flow: from cluster/remote_actor, to cluster/node_broker, and back.
///
/// The link to one other node: serialises what goes there and puts it in line,
/// each payer's in its own; takes what comes from there to the actors it is
/// for. It does each on the bill of whoever caused it. A shared actor that
/// lives as long as the node; `broker` is the one that has the connections.
///
/// What waits is bounded for each payer, and what is under way too: it is what
/// the other node has not handled, so that nobody's work there keeps anybody
/// else's here.
caf::actor spawn_link(cluster_node_ptr parent, std::string peer,
                      caf::actor broker);

/// Makes the event for parcels that have come in by `link`.
parcels_arrived make_arrival(const caf::actor& link, caf::node_id from,
                             std::uint64_t connection, cluster_node& parent,
                             std::vector<parcel> parcels);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::send_parcel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::parcels_arrived)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::link_made)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::link_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::credit_returned)
