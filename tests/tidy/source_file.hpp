#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::tidy {

struct include_line {
  std::size_t line;
  std::string name;
  bool is_quoted;
};

/// A source as the rules see it. Lines count from 1.
struct source_file {
  source_file(std::string path, std::string_view text);

  /// Relative to the source root, with slashes.
  std::string path;

  /// The first part of the path: `codec`, `runtime`, `tests` and so on.
  std::string folder;

  /// The last part of the path, without its extension.
  std::string stem;

  bool is_header;
  bool ends_in_newline;
  std::vector<std::string> lines;
  std::vector<include_line> includes;

  /// Whether the file is part of what gets installed.
  bool in_library() const noexcept {
    return folder == "codec" || folder == "runtime" || folder == "actors"
           || folder == "cluster";
  }
};

/// All sources by path.
using source_tree = std::map<std::string, source_file>;

} // namespace troupe::tidy
