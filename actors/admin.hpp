#pragma once

#include "caf/expected.hpp"
#include "caf/fwd.hpp"

#include "troupe/runtime/endpoint.hpp"

namespace troupe {

/// Flow: from an admin client, to the resource tree, and back.
///
/// Serves the admin protocol (docs/admin.md) on `address`, which should be a
/// Unix socket: whoever connects may do everything. At most
/// `limits::admin_connections_max` connections, all on the bill of the resource
/// container "system/admin", so that they are served while the server is
/// overloaded. Waits for the worker that will accept, so it must not be called
/// by an actor. Ends as any listener.
caf::expected<endpoint> listen_admin(caf::actor_system& system,
                                     const endpoint& address);

} // namespace troupe
