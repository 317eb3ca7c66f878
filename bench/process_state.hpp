#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace troupe::bench {

/// What /proc says about a process, such as its `State:`; empty if there is
/// none.
inline std::string status_of(const std::filesystem::path& process,
                             std::string_view what) {
  std::ifstream file{process / "status"};
  for (std::string word; file >> word;)
    if (word == what && file >> word)
      return word;
  return {};
}

} // namespace troupe::bench
