#include "troupe/tools/top/table.hpp"

#include <algorithm>
#include <cstdio>

namespace troupe::top {

namespace {

constexpr std::size_t name_columns = 28;

/// `text` in `columns` columns, one for each character.
std::string fitted(const std::string& text, std::size_t columns) {
  std::string result;
  std::size_t used = 0;
  for (auto x : text) {
    auto is_new = (x & 0xC0) != 0x80;
    if (is_new && used == columns)
      return result;
    used += is_new;
    result += x;
  }
  return result.append(columns - used, ' ');
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

std::string head_line() {
  char text[160];
  std::snprintf(text, sizeof(text),
                "%-*s %7s %6s %5s %5s %6s %6s %7s %7s %5s %6s %6s %6s %6s  %s",
                static_cast<int>(name_columns), "resource container", "shares",
                "cpu%", "min%", "max%", "in/s", "out/s", "frame/s", "wait us",
                "conns", "memory", "queued", "drop/s", "thro/s", "why");
  return text;
}

std::string row_line(const Row& x, double seconds) {
  auto& now = x.resource_container();
  auto of_used = [&](double value, const char* format) -> std::string {
    if (!x.has_used())
      return "-";
    char text[32];
    std::snprintf(text, sizeof(text), format, value);
    return text;
  };
  auto rate = [&](std::uint64_t total) -> std::string {
    if (!x.has_used() || seconds <= 0)
      return "-";
    return quantity(static_cast<double>(total) / seconds);
  };
  auto held = [](std::int64_t value) {
    return quantity(static_cast<double>(value));
  };
  auto name = std::string(2UL * std::min(now.depth(), 10U), ' ')
              + (now.depth() == 0 ? "process" : shown(now.name()));
  char text[192];
  std::snprintf(
    text, sizeof(text),
    " %7u %6s %5.4g %5.4g %6s %6s %7s %7s %5s %6s %6s %6s %6s  ",
    now.attributes().shares(), of_used(100 * x.cpu(), "%.1f").c_str(),
    100 * now.attributes().cpu_min(), 100 * now.attributes().cpu_max(),
    rate(x.used().bytes_in()).c_str(), rate(x.used().bytes_out()).c_str(),
    rate(x.used().frames_in()).c_str(), of_used(x.wait_us(), "%.0f").c_str(),
    held(now.usage().connections()).c_str(),
    held(now.usage().memory_bytes()).c_str(),
    held(now.usage().queued_messages()).c_str(), rate(x.used().drops()).c_str(),
    rate(x.used().throttles()).c_str());
  return fitted(name, name_columns) + text + shown(x.why());
}

std::string rest_line(const Report& x) {
  return x.rows_omitted() > 0
           ? "… " + std::to_string(x.rows_omitted()) + " more"
           : "";
}

std::string table(const Report& x) {
  auto result = head_line() + "\n";
  auto seconds = static_cast<double>(x.interval_ns()) / 1e9;
  for (auto& row : x.rows())
    result += row_line(row, seconds) + "\n";
  if (auto rest = rest_line(x); !rest.empty())
    result += rest + "\n";
  return result;
}

} // namespace troupe::top
