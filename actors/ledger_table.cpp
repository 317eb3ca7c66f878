#include "troupe/actors/ledger_table.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace troupe {

namespace {

struct line {
  ledger_row row;
  resource_usage used;
  std::vector<std::size_t> children;
};

std::string bytes_text(double bytes) {
  static constexpr const char* units[] = {"B", "KB", "MB", "GB"};
  std::size_t unit = 0;
  while (bytes >= 10'000 && unit < 3) {
    bytes /= 1'000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof(text), "%.0f %s", bytes, units[unit]);
  return text;
}

class renderer {
public:
  renderer(const std::vector<line>& lines, double seconds,
           std::size_t children_max)
    : lines_(lines), seconds_(seconds), children_max_(children_max) {
    total_ns_ = std::max<double>(1, static_cast<double>(lines[0].used.cpu_ns));
  }

  std::string operator()() {
    char text[160];
    std::snprintf(text, sizeof(text), "%-32s %7s %9s %6s %9s %9s %8s %6s %9s\n",
                  "resource container", "shares", "cpu ms/s", "cpu %", "in/s",
                  "out/s", "frames/s", "conns", "memory");
    out_ = text;
    show(0);
    return std::move(out_);
  }

private:
  void show(std::size_t index) {
    auto& x = lines_[index];
    auto name = x.row.depth == 0 ? std::string{"process"} : x.row.name;
    print(std::string(2UL * x.row.depth, ' ') + name,
          std::to_string(x.row.shares), x.used, x.row.usage);
    auto children = x.children;
    std::stable_sort(children.begin(), children.end(), [&](auto a, auto b) {
      return lines_[a].used.cpu_ns > lines_[b].used.cpu_ns;
    });
    resource_usage rest_used;
    resource_usage rest;
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (i < children_max_) {
        show(children[i]);
        continue;
      }
      rest_used += lines_[children[i]].used;
      rest += lines_[children[i]].row.usage;
    }
    if (children.size() > children_max_)
      print(std::string(2UL * x.row.depth + 2, ' ') + "… "
              + std::to_string(children.size() - children_max_) + " more",
            "", rest_used, rest);
  }

  void print(const std::string& name, const std::string& shares,
             const resource_usage& used, const resource_usage& now) {
    auto rate = [&](std::uint64_t x) {
      return static_cast<double>(x) / seconds_;
    };
    auto cpu = static_cast<double>(used.cpu_ns);
    char text[256];
    std::snprintf(text, sizeof(text),
                  "%-32.32s %7s %9.2f %6.1f %9s %9s %8.0f %6lld %9s\n",
                  name.c_str(), shares.c_str(), cpu / seconds_ / 1e6,
                  100 * cpu / total_ns_,
                  bytes_text(rate(used.bytes_in)).c_str(),
                  bytes_text(rate(used.bytes_out)).c_str(),
                  rate(used.frames_in), static_cast<long long>(now.connections),
                  bytes_text(static_cast<double>(now.memory_bytes)).c_str());
    out_ += text;
  }

  const std::vector<line>& lines_;
  double seconds_;
  std::size_t children_max_;
  double total_ns_;
  std::string out_;
};

} // namespace

std::string ledger_table::render(std::uint64_t interval_ns,
                                 std::size_t children_max) {
  std::vector<line> lines;
  std::vector<std::size_t> ancestors;
  std::unordered_map<std::uint64_t, resource_usage> now;
  for (auto& row : resources_.snapshot()) {
    auto used = row.usage;
    auto& old = before_[row.id];
    for (auto x : resource_totals)
      used.*x -= old.*x;
    now.emplace(row.id, row.usage);
    ancestors.resize(row.depth);
    if (row.depth > 0)
      lines[ancestors.back()].children.push_back(lines.size());
    ancestors.push_back(lines.size());
    lines.push_back({row, used, {}});
  }
  before_ = std::move(now);
  auto seconds = std::max(1e-9, static_cast<double>(interval_ns) / 1e9);
  return renderer{lines, seconds, children_max}();
}

} // namespace troupe
