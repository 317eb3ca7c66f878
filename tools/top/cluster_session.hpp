#pragma once

#include "troupe/tools/top/options.hpp"

namespace troupe::top {

/// Shows the nodes of a cluster as `how` asks for. Answers whether any was
/// there. Throws `std::runtime_error` if there is nowhere to show them.
bool run_cluster_session(const options& how);

} // namespace troupe::top
