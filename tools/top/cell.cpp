#include "troupe/tools/top/cell.hpp"

#include <algorithm>
#include <cstdio>

namespace troupe::top {

namespace {

bool begins_character(char x) {
  return (x & 0xC0) != 0x80;
}

std::size_t width(std::string_view text) {
  std::size_t result = 0;
  for (auto x : text)
    result += begins_character(x);
  return result;
}

} // namespace

std::string shown(std::string_view text) {
  std::string result{text};
  for (auto& x : result)
    if (static_cast<unsigned char>(x) < 0x20 || x == 0x7F)
      x = '?';
  // The control characters beyond ASCII: C2 80 to C2 9F.
  for (std::size_t i = 0; i + 1 < result.size(); ++i)
    if (result[i] == '\xC2' && static_cast<unsigned char>(result[i + 1]) < 0xA0)
      result.replace(i, 2, "?");
  return result;
}

std::string cut(std::string_view text, std::size_t columns) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (begins_character(text[i]) && used++ == columns)
      return std::string{text.substr(0, i)};
  return std::string{text};
}

std::string fitted(std::string_view text, std::size_t columns) {
  auto result = cut(text, columns);
  return result.append(columns - width(result), ' ');
}

std::string fitted_right(std::string_view text, std::size_t columns) {
  auto result = cut(text, columns);
  return result.insert(0, columns - width(result), ' ');
}

std::string quantity(double x) {
  static constexpr const char* units[] = {"", "K", "M", "G", "T"};
  std::size_t unit = 0;
  while (x >= 10'000 && unit < 4) {
    x /= 1'000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof(text), "%.0f%s", x, units[unit]);
  return text;
}

std::string percent(double part) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", 100 * part);
  return text;
}

std::string more(std::uint64_t count) {
  return "… " + std::to_string(count) + " more";
}

std::string name_cell(std::uint32_t depth, std::string_view name) {
  std::string space(2UL * std::min(depth, 10U), ' ');
  return fitted(space + (depth == 0 ? "process" : shown(name)), name_columns);
}

} // namespace troupe::top
