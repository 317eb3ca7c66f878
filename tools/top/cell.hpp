#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::top {

/// `text` with question marks for what could move a terminal's cursor.
std::string shown(std::string_view text);

/// At most the first `columns` characters of it, one column each.
std::string cut(std::string_view text, std::size_t columns);

/// The same, with spaces behind up to that width.
std::string fitted(std::string_view text, std::size_t columns);

/// The same, with the spaces in front.
std::string fitted_right(std::string_view text, std::size_t columns);

/// In units of thousands, such as "9999" and "15M".
std::string quantity(double x);

/// `part` of 1 as "12.5".
std::string percent(double part);

/// What stands for `count` lines that are not shown.
std::string more(std::uint64_t count);

inline constexpr std::size_t name_columns = 28;

/// The name of a resource container, `depth` levels below the root.
std::string name_cell(std::uint32_t depth, std::string_view name);

} // namespace troupe::top
