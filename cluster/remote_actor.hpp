#pragma once

#include <cstdint>
#include <string>

#include "caf/actor.hpp"

#include "troupe/cluster/cluster_node_ptr.hpp"
#include "troupe/cluster/link.hpp"

namespace troupe {

/// A handle to an actor of another node: what is sent to it is a parcel on the
/// bill of who sends it, and a request is answered in any case, by an error if
/// the link fails or the time is over. Who monitors it learns when the link is
/// lost, not when the actor there ends. Links and exit messages stay here.
caf::strong_actor_ptr make_remote_actor(cluster_node_ptr parent,
                                        const caf::actor& link, send_parcel to);

/// Tells all who monitor or link to `who`, which `make_remote_actor` has made,
/// that it cannot be reached any more. What is sent to it then is dropped, a
/// request answered.
void end_remote_actor(const caf::strong_actor_ptr& who,
                      const caf::error& reason);

/// A handle to whichever actor owns `name` in the cluster at the time of each
/// message.
caf::actor make_owned_actor(cluster_node_ptr parent, std::string name,
                            std::uint32_t lifetime_ms);

} // namespace troupe
