#pragma once

#include <memory>

namespace troupe {

class cluster_node;

/// Shared by all parts of a node, each until it ends.
using cluster_node_ptr = std::shared_ptr<cluster_node>;

} // namespace troupe
