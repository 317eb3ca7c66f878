#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

/// Which of `rows`, a snapshot of the tree, have that path: "gold/reports" or
/// "/gold/reports"; the root's is empty. More than one if siblings share a
/// name.
std::vector<std::size_t> rows_of_path(const std::vector<ledger_row>& rows,
                                      std::string_view path);

} // namespace troupe
