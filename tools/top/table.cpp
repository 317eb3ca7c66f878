#include "troupe/tools/top/table.hpp"

#include <cstdio>

#include "troupe/tools/top/cell.hpp"

namespace troupe::top {

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
  auto cpu = x.has_used() ? percent(x.cpu()) : "-";
  char wait[32] = "-";
  if (x.has_used())
    std::snprintf(wait, sizeof(wait), "%.0f", x.wait_us());
  auto rate = [&](std::uint64_t total) -> std::string {
    if (!x.has_used() || seconds <= 0)
      return "-";
    return quantity(static_cast<double>(total) / seconds);
  };
  auto held = [](std::int64_t value) {
    return quantity(static_cast<double>(value));
  };
  auto name = name_cell(now.depth(), now.name());
  char text[192];
  std::snprintf(
    text, sizeof(text),
    " %7u %6s %5.4g %5.4g %6s %6s %7s %7s %5s %6s %6s %6s %6s  ",
    now.attributes().shares(), cpu.c_str(), 100 * now.attributes().cpu_min(),
    100 * now.attributes().cpu_max(), rate(x.used().bytes_in()).c_str(),
    rate(x.used().bytes_out()).c_str(), rate(x.used().frames_in()).c_str(),
    wait, held(now.usage().connections()).c_str(),
    held(now.usage().memory_bytes()).c_str(),
    held(now.usage().queued_messages()).c_str(), rate(x.used().drops()).c_str(),
    rate(x.used().throttles()).c_str());
  return name + text + shown(x.why());
}

std::string rest_line(const Report& x) {
  return x.rows_omitted() > 0 ? more(x.rows_omitted()) : "";
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
