#pragma once

#include "troupe/actors/admin.pb.h"

namespace troupe::top {

/// What was used between two looks: totals are subtracted, and gauges are as
/// they were at the second one.
admin::Usage difference(admin::Usage x, const admin::Usage& before);

/// What two have used and hold together.
void add(admin::Usage& to, const admin::Usage& x);

/// How long work was ready before each turn, on average.
double mean_wait_us(const admin::Usage& x);

} // namespace troupe::top
