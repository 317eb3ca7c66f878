#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "troupe/tests/cluster_audit/audit_options.hpp"
#include "troupe/tests/cluster_audit/tally.hpp"
#include "troupe/tests/cluster_audit/violation.hpp"

namespace troupe::test {

struct audit_result {
  std::uint64_t seed = 0;
  tally counts;
  std::size_t messages = 0;
  std::uint64_t missed = 0;
  std::uint64_t missed_there = 0;
  std::size_t ownership_changes = 0;
  std::size_t faults = 0;
  std::size_t kills = 0;
  std::vector<std::chrono::milliseconds> outages;
  /// Until all clients were in their rooms.
  std::chrono::milliseconds started_after{0};
  std::chrono::milliseconds settled_after{0};
  std::size_t violation_count = 0;
  std::vector<violation> violations;
  /// Of logs; gone if there is nothing in them to look at.
  std::filesystem::path folder;
};

/// Starts a cluster and clients, does harm as the seed says, heals it, waits
/// until all members of a room were told the same last message, and audits what
/// the clients were told. Every wait is bounded. Throws if it cannot even
/// start.
audit_result run_audit(const audit_options& options, std::uint64_t seed);

/// One line for people.
std::string summary(const audit_result& x);

std::string csv_head();
std::string csv_row(const audit_options& options, const audit_result& x);

} // namespace troupe::test
