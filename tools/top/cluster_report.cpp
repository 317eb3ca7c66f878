#include "troupe/tools/top/cluster_report.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <utility>

#include "troupe/tools/top/row_tree.hpp"
#include "troupe/tools/top/usage.hpp"

namespace troupe::top {

namespace {

Node make_node(const node_look& x) {
  Node result;
  result.set_name(std::filesystem::path{x.path}.stem().string());
  result.set_path(x.path);
  result.set_why(x.why);
  if (x.report == nullptr)
    return result;
  result.set_interval_ns(x.report->interval_ns());
  result.set_workers(x.report->workers());
  result.set_rows_omitted(x.report->rows_omitted());
  return result;
}

class cluster_reporter {
public:
  cluster_reporter(const std::vector<node_look>& nodes,
                   const report_options& how)
    : nodes_(nodes), how_(how) {
    for (auto& x : nodes_)
      if (x.report != nullptr && x.report->interval_ns() > 0)
        workers_ += x.report->workers();
  }

  ClusterReport operator()() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      *result_.add_nodes() = make_node(nodes_[i]);
      if (nodes_[i].report != nullptr)
        add(static_cast<std::uint32_t>(i), *nodes_[i].report);
    }
    for (std::size_t i = 0; i < sums_.size(); ++i)
      complete(sums_[i]);
    auto rows_max = std::min(how_.rows_max, cluster_rows_max);
    auto order = sums_.in_order(how_.sorted_by);
    for (std::size_t i = 0; i < std::min(order.size(), rows_max); ++i)
      show(order[i]);
    result_.set_rows_omitted(order.size()
                             - static_cast<std::size_t>(result_.rows_size()));
    return std::move(result_);
  }

private:
  struct part {
    std::uint32_t node;
    const Row* row;
  };

  void add(std::uint32_t node, const Report& x) {
    // Of each level, the one that is above what comes next.
    std::vector<std::size_t> above;
    for (auto& row : x.rows()) {
      above.resize(
        std::min<std::size_t>(row.resource_container().depth(), above.size()));
      auto parent = above.empty() ? row_tree::none : above.back();
      auto index = index_of(row, parent);
      above.push_back(index);
      parts_[index].push_back({node, &row});
      auto& sum = sums_[index];
      // What is not known counts as nothing, but what it holds is known.
      auto& now = row.resource_container().usage();
      top::add(*sum.mutable_used(),
               row.has_used() ? row.used() : difference(now, now));
      // For now the number of workers it has kept busy.
      sum.set_cpu(sum.cpu() + row.cpu() * x.workers());
    }
  }

  std::size_t index_of(const Row& x, std::size_t parent) {
    auto [found, is_new] = indices_.emplace(x.path(), sums_.size());
    if (!is_new)
      return found->second;
    Row sum;
    sum.set_path(x.path());
    auto& container = *sum.mutable_resource_container();
    container.set_name(x.resource_container().name());
    container.set_depth(x.resource_container().depth());
    parts_.emplace_back();
    return sums_.add(std::move(sum), parent);
  }

  void complete(Row& sum) const {
    auto& used = sum.used();
    *sum.mutable_resource_container()->mutable_usage() = used;
    sum.set_cpu(workers_ > 0 ? sum.cpu() / workers_ : 0);
    sum.set_wait_us(mean_wait_us(used));
  }

  void show(std::size_t index) {
    auto& sum = sums_[index];
    auto& row = *result_.add_rows();
    row.set_path(sum.path());
    row.set_name(sum.resource_container().name());
    row.set_depth(sum.resource_container().depth());
    row.set_cpu(sum.cpu());
    row.set_wait_us(sum.wait_us());
    row.mutable_used()->Swap(sum.mutable_used());
    for (auto& x : parts_[index]) {
      auto& of_node = *row.add_nodes();
      of_node.set_node(x.node);
      *of_node.mutable_row() = *x.row;
    }
  }

  const std::vector<node_look>& nodes_;
  const report_options& how_;
  double workers_ = 0;
  std::unordered_map<std::string, std::size_t> indices_;
  row_tree sums_;
  /// What each sum is made of.
  std::vector<std::vector<part>> parts_;
  ClusterReport result_;
};

} // namespace

ClusterReport make_cluster_report(const std::vector<node_look>& nodes,
                                  const report_options& how) {
  return cluster_reporter{nodes, how}();
}

} // namespace troupe::top
