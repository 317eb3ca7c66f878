#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "troupe/tools/top/report.pb.h"

namespace troupe::top {

/// The names of the columns, as wide as the lines below. Those of nodes come
/// last, beginning with number `first_node`.
std::string cluster_head_line(const ClusterReport& x,
                              std::size_t first_node = 0);

/// One of its rows, without a line's end.
std::string cluster_row_line(const ClusterReport& x, const ClusterRow& row,
                             std::size_t first_node = 0);

/// What is missing, a line for each node.
std::vector<std::string> cluster_notes(const ClusterReport& x);

/// How many nodes there is something of.
std::size_t answering_nodes(const ClusterReport& x);

/// All of it, each line with its end.
std::string cluster_table(const ClusterReport& x);

} // namespace troupe::top
