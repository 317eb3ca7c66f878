#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace troupe {

/// Finds out which resource containers have a path, "gold/reports" or
/// "/gold/reports", in a walk through the tree, depth first. The root's is
/// empty. More than one has it if siblings share a name. `path` must outlive
/// this.
class path_matcher {
public:
  explicit path_matcher(std::string_view path);

  /// Whether the next one of the walk has the path.
  bool next(std::uint32_t depth, std::string_view name);

private:
  std::string_view path_;
  /// For each that is above: where in the path the names below it begin; `npos`
  /// if it is no part of the path.
  std::vector<std::size_t> begins_;
};

} // namespace troupe
