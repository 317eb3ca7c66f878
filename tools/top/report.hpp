#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "troupe/tools/top/report.pb.h"

namespace troupe::top {

/// What rows can be sorted by: most first, names from a to z.
enum class column {
  cpu,
  shares,
  in,
  out,
  frames,
  wait,
  connections,
  memory,
  queued,
  drops,
  throttles,
  name,
};

inline constexpr auto columns_count = static_cast<std::size_t>(column::name)
                                      + 1;

std::string to_string(column x);

std::optional<column> parse_column(std::string_view text);

struct report_options {
  column sorted_by = column::cpu;
  std::size_t rows_max = SIZE_MAX;
};

/// What happened between two ledgers of one server: a row for each resource
/// container of `after`, in the order of the tree.
Report make_report(const admin::Ledger& before, const admin::Ledger& after,
                   const report_options& how);

} // namespace troupe::top
