#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "troupe/tests/cluster_audit/fault_plan.hpp"

namespace troupe::test {

/// Nodes in network namespaces, PREFIX1, PREFIX2, …, which namespaces.sh has
/// made. What the proxies do elsewhere is done to packets here: a cut drops
/// them, and instead of a delay of N ms every Nth of a hundred is lost.
class packet_filter {
public:
  packet_filter(std::string prefix, std::size_t nodes)
    : prefix_(std::move(prefix)), nodes_(nodes) {
    // nop
  }

  /// The address of a node, as namespaces.sh gives it.
  static std::string host(std::size_t node) {
    return "10.77.0." + std::to_string(node + 1);
  }

  std::string name(std::size_t node) const {
    return prefix_ + std::to_string(node + 1);
  }

  /// These faults, and no others. Throws `std::runtime_error` if that fails.
  void set(const std::vector<fault>& active) const;

  /// Ends all connections of two nodes with each other.
  void reset(std::size_t one, std::size_t other) const;

private:
  std::string rules_for(std::size_t node,
                        const std::vector<fault>& active) const;

  std::string prefix_;
  std::size_t nodes_;
};

} // namespace troupe::test
