#include "troupe/tools/top/cluster_table.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "troupe/tools/top/cell.hpp"

namespace troupe::top {

namespace {

constexpr std::size_t node_columns_min = 6;
constexpr std::size_t node_columns_max = 12;

/// What stands between the sums and the nodes.
constexpr const char* border = "  cpu% on";

std::string totals(const char* cpu, const char* connections, const char* memory,
                   const char* drops, const char* throttles, const char* end) {
  char text[96];
  std::snprintf(text, sizeof(text), " %6s %6s %6s %6s %6s%9s", cpu, connections,
                memory, drops, throttles, end);
  return text;
}

std::string node_cell(const Node& node, const std::string& text) {
  auto columns = std::clamp(shown(node.name()).size(), node_columns_min,
                            node_columns_max);
  return " " + fitted_right(text, columns);
}

/// Part of the node's machine; nothing if the node has no such row.
std::string cpu_on(std::uint32_t index, const Node& node,
                   const ClusterRow& row) {
  auto cpu = 0.0;
  auto is_there = false;
  auto is_known = node.interval_ns() > 0;
  for (auto& x : row.nodes())
    if (x.node() == index) {
      is_there = true;
      is_known = is_known && x.row().has_used();
      cpu += x.row().cpu();
    }
  if (!is_there && is_known && node.rows_omitted() == 0)
    return "";
  return is_there && is_known ? percent(cpu) : "-";
}

/// The sum of each node's rate; "-" if none is known.
template <class F>
std::string rate(const ClusterReport& x, const ClusterRow& row, F total) {
  auto result = 0.0;
  auto is_known = false;
  for (auto& part : row.nodes()) {
    auto& node = x.nodes(static_cast<int>(part.node()));
    if (node.interval_ns() == 0 || !part.row().has_used())
      continue;
    is_known = true;
    result += static_cast<double>(total(part.row().used())) * 1e9
              / static_cast<double>(node.interval_ns());
  }
  return is_known ? quantity(result) : "-";
}

} // namespace

std::string cluster_head_line(const ClusterReport& x, std::size_t first_node) {
  auto result = fitted("resource container", name_columns)
                + totals("cpu%", "conns", "memory", "drop/s", "thro/s", border);
  for (auto i = static_cast<int>(first_node); i < x.nodes_size(); ++i)
    result += node_cell(x.nodes(i), shown(x.nodes(i).name()));
  return result;
}

std::string cluster_row_line(const ClusterReport& x, const ClusterRow& row,
                             std::size_t first_node) {
  auto is_known = std::any_of(x.nodes().begin(), x.nodes().end(),
                              [](auto& y) { return y.interval_ns() > 0; });
  auto held = [](std::int64_t value) {
    return quantity(static_cast<double>(value));
  };
  auto drops = rate(x, row, [](auto& used) { return used.drops(); });
  auto throttles = rate(x, row, [](auto& used) { return used.throttles(); });
  auto result = name_cell(row.depth(), row.name())
                + totals(is_known ? percent(row.cpu()).c_str() : "-",
                         held(row.used().connections()).c_str(),
                         held(row.used().memory_bytes()).c_str(), drops.c_str(),
                         throttles.c_str(), "");
  for (auto i = static_cast<int>(first_node); i < x.nodes_size(); ++i)
    result += node_cell(x.nodes(i),
                        cpu_on(static_cast<std::uint32_t>(i), x.nodes(i), row));
  return result;
}

std::vector<std::string> cluster_notes(const ClusterReport& x) {
  std::vector<std::string> result;
  for (auto& node : x.nodes())
    if (!node.why().empty())
      result.push_back(shown(node.name() + ": " + node.why()));
    else if (node.rows_omitted() > 0)
      result.push_back(shown(node.name()) + ": "
                       + std::to_string(node.rows_omitted())
                       + " more that it has left out");
  return result;
}

std::size_t answering_nodes(const ClusterReport& x) {
  auto result = std::count_if(x.nodes().begin(), x.nodes().end(),
                              [](auto& y) { return y.why().empty(); });
  return static_cast<std::size_t>(result);
}

std::string cluster_table(const ClusterReport& x) {
  auto result = cluster_head_line(x) + "\n";
  for (auto& row : x.rows())
    result += cluster_row_line(x, row) + "\n";
  if (x.rows_omitted() > 0)
    result += more(x.rows_omitted()) + "\n";
  for (auto& note : cluster_notes(x))
    result += note + "\n";
  return result;
}

} // namespace troupe::top
