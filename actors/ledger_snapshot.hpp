#pragma once

#include <cstdint>

#include "troupe/actors/admin.pb.h"
#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

/// The ledger as a message: what every resource container has, and what it has
/// used so far. Rates are for the reader to derive, from two of them.
///
/// `time_ns` is when that is, by any steady clock. Usage is as published, up to
/// `limits::reconcile_interval_ns` behind. Of more than `which.rows_max()`,
/// those with most CPU time are in it, and with each its ancestors;
/// `limits::admin_rows_max` is the most there are. Names beyond
/// `limits::admin_text_bytes_max` are cut. Any thread.
admin::Ledger snapshot(const resource_tree& tree, std::uint64_t time_ns,
                       const admin::GetLedger& which = {});

} // namespace troupe
