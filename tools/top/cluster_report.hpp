#pragma once

#include <cstddef>
#include <vector>

#include "troupe/tools/top/node_look.hpp"
#include "troupe/tools/top/report.hpp"

namespace troupe::top {

/// More than anybody reads; what one server sends at most.
inline constexpr std::size_t cluster_rows_max = 8'192;

/// What the nodes have in common: a row for each path that any of them has.
/// Those that do not answer are named, and are in no sum.
ClusterReport make_cluster_report(const std::vector<node_look>& nodes,
                                  const report_options& how);

} // namespace troupe::top
