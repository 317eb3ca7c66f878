#pragma once

#include <string>

#include "troupe/tools/top/report.pb.h"

namespace troupe::top {

/// The names of the columns, as wide as the lines below.
std::string head_line();

/// One row, without a line's end.
std::string row_line(const Row& x, double seconds);

/// What the rows do not show, or nothing.
std::string rest_line(const Report& x);

/// All of it, each line with its end.
std::string table(const Report& x);

} // namespace troupe::top
