#pragma once

#include <memory>

#include "caf/actor.hpp"

#include "troupe/cluster/cluster_node_ptr.hpp"
#include "troupe/cluster/membership.hpp"

namespace troupe {

/// Knows the other nodes: dials them, welcomes them, tells and hears beats, and
/// cuts who is silent, does not read, or is none of the cluster. What it
/// observes goes to `members`, whose views go to the node and its directory.
///
/// Of two nodes the one with the greater name dials. A shared actor that lives
/// as long as the node; `broker` is the one that has the connections.
caf::actor spawn_peer_watch(cluster_node_ptr parent, caf::actor broker,
                            std::unique_ptr<membership> members);

} // namespace troupe
