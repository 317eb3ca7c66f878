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

/// The one `step` columns further; the first follows the last.
column moved(column x, std::ptrdiff_t step);

/// Whether `x` stands above its sibling `y`.
bool is_before(const Row& x, const Row& y, column by);

} // namespace troupe::top
