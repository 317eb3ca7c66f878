#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "troupe/tools/top/column.hpp"

namespace troupe::top {

/// Rows, each of which knows the one above it. They are named by the order in
/// which they came; the first one is the root. One thread only.
class row_tree {
public:
  static constexpr std::size_t none = SIZE_MAX;

  /// Puts `x` under `parent`, which came before or is `none`.
  std::size_t add(Row x, std::size_t parent);

  std::size_t size() const noexcept {
    return rows_.size();
  }

  Row& operator[](std::size_t index) {
    return rows_[index];
  }

  const Row& operator[](std::size_t index) const {
    return rows_[index];
  }

  std::size_t parent(std::size_t index) const {
    return parents_[index];
  }

  /// The root and what is below it: parents first, siblings sorted.
  std::vector<std::size_t> in_order(column by) const;

private:
  std::vector<Row> rows_;
  std::vector<std::size_t> parents_;
};

} // namespace troupe::top
