#include "troupe/tools/top/row_tree.hpp"

#include <algorithm>
#include <utility>

namespace troupe::top {

std::size_t row_tree::add(Row x, std::size_t parent) {
  rows_.push_back(std::move(x));
  parents_.push_back(parent);
  return rows_.size() - 1;
}

std::vector<std::size_t> row_tree::in_order(column by) const {
  std::vector<std::size_t> result;
  if (rows_.empty())
    return result;
  std::vector<std::vector<std::size_t>> children(rows_.size());
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (parents_[i] != none)
      children[parents_[i]].push_back(i);
  // What is shown next is last.
  std::vector<std::size_t> left{0};
  while (!left.empty()) {
    auto index = left.back();
    left.pop_back();
    result.push_back(index);
    auto& below = children[index];
    std::sort(below.begin(), below.end(), [&](auto x, auto y) {
      return is_before(rows_[x], rows_[y], by);
    });
    left.insert(left.end(), below.rbegin(), below.rend());
  }
  return result;
}

} // namespace troupe::top
