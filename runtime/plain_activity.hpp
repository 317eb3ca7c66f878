#pragma once

#include "caf/fwd.hpp"

#include "troupe/runtime/runnable.hpp"

namespace troupe {

class scheduler;

/// Wraps an actor that knows nothing of resource containers (a user's plain CAF
/// actor) for one stay in a worker's queue. It is charged to the resource
/// container that paid when it was first scheduled, which is the spawner's.
runnable* make_plain_activity(scheduler& parent, caf::resumable& job);

} // namespace troupe
