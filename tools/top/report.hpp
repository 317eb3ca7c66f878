#pragma once

#include <cstddef>
#include <cstdint>

#include "troupe/tools/top/column.hpp"
#include "troupe/tools/top/report.pb.h"

namespace troupe::top {

struct report_options {
  column sorted_by = column::cpu;
  std::size_t rows_max = SIZE_MAX;
};

/// What happened between two ledgers of one server: a row for each resource
/// container of `after`, in the order of the tree.
Report make_report(const admin::Ledger& before, const admin::Ledger& after,
                   const report_options& how);

} // namespace troupe::top
