#include "troupe/tools/top/column.hpp"

#include <algorithm>
#include <array>

namespace troupe::top {

namespace {

constexpr std::array<std::string_view, columns_count> names{
  "cpu",         "shares", "in",     "out",   "frames",    "wait",
  "connections", "memory", "queued", "drops", "throttles", "name"};

double value(const Row& x, column by) {
  auto& now = x.resource_container();
  auto& used = x.used();
  auto number = [](auto y) { return static_cast<double>(y); };
  switch (by) {
    case column::cpu:
      return number(used.cpu_ns());
    case column::shares:
      return number(now.attributes().shares());
    case column::in:
      return number(used.bytes_in());
    case column::out:
      return number(used.bytes_out());
    case column::frames:
      return number(used.frames_in() + used.frames_out());
    case column::wait:
      return x.wait_us();
    case column::connections:
      return number(now.usage().connections());
    case column::memory:
      return number(now.usage().memory_bytes());
    case column::queued:
      return number(now.usage().queued_messages());
    case column::drops:
      return number(used.drops());
    case column::throttles:
      return number(used.throttles());
    case column::name:
      break;
  }
  return 0;
}

} // namespace

std::string to_string(column x) {
  return std::string{names[static_cast<std::size_t>(x)]};
}

std::optional<column> parse_column(std::string_view text) {
  auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end())
    return std::nullopt;
  return static_cast<column>(found - names.begin());
}

column moved(column x, std::ptrdiff_t step) {
  constexpr auto count = static_cast<std::ptrdiff_t>(columns_count);
  auto next = static_cast<std::ptrdiff_t>(x) + step % count;
  return static_cast<column>((next + count) % count);
}

bool is_before(const Row& x, const Row& y, column by) {
  auto one = value(x, by);
  auto two = value(y, by);
  return one != two
           ? one > two
           : x.resource_container().name() < y.resource_container().name();
}

} // namespace troupe::top
