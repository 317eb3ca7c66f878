#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "troupe/bench/temporary_file.hpp"

namespace troupe::bench {

/// How often a process asks for memory, by `count_allocations`. It must not
/// outlive this object.
class allocation_count {
public:
  /// What to run instead of `command`. `library` is the path of
  /// `count_allocations`.
  std::vector<std::string> counted(const std::string& library,
                                   std::vector<std::string> command) const {
    command.insert(command.begin(), {"/usr/bin/env", "LD_PRELOAD=" + library,
                                     "TROUPE_ALLOCATIONS=" + file_.path()});
    return command;
  }

  /// Since it has started.
  std::uint64_t read() const {
    std::ifstream in{file_.path(), std::ios::binary};
    std::uint64_t result = 0;
    in.read(reinterpret_cast<char*>(&result), sizeof result);
    return result;
  }

private:
  temporary_file file_{8};
};

} // namespace troupe::bench
