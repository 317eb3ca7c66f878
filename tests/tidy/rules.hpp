#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "troupe/tests/tidy/source_file.hpp"

namespace troupe::tidy {

/// A line that breaks a rule.
struct finding {
  std::string path;
  std::size_t line;
  std::string rule;
};

/// Checks layering and style of all sources, in the order of their paths.
std::vector<finding> check(const source_tree& tree);

} // namespace troupe::tidy
