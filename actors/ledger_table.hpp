#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

/// The ledger as text: one line a resource container, with what it has used
/// since the last call. Keeps the last snapshot; one thread.
class ledger_table {
public:
  explicit ledger_table(const resource_tree& resources)
    : resources_(resources) {
    // nop
  }

  /// `interval_ns` is the time since the last call. Under each parent the
  /// `children_max` that used most CPU are shown, the others as one line.
  std::string render(std::uint64_t interval_ns, std::size_t children_max = 8);

private:
  const resource_tree& resources_;
  std::unordered_map<std::uint64_t, resource_usage> before_;
};

} // namespace troupe
