#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "troupe/tools/top/cluster_report.hpp"
#include "troupe/tools/top/key.hpp"

namespace troupe::top {

/// What the live view of a cluster shows, and what keys do to it. Knows neither
/// terminal nor nodes. There is nothing to select: it changes nothing.
class cluster_view {
public:
  explicit cluster_view(report_options how) : how_(how) {
    // nop
  }

  void show(std::vector<node_look> nodes);

  void press(key x);

  bool wants_to_end() const noexcept {
    return wants_to_end_;
  }

  /// The screen, `rows` lines of at most `columns` characters.
  std::vector<std::string> lines(std::size_t rows, std::size_t columns);

  /// None of them is selected.
  std::size_t selected_line() const noexcept {
    return SIZE_MAX;
  }

private:
  void make_report();
  void sort_by(std::ptrdiff_t step);
  void stay_within();
  std::string title() const;
  std::vector<std::string> notes() const;

  report_options how_;
  std::vector<node_look> nodes_;
  ClusterReport report_;
  std::ptrdiff_t first_row_ = 0;
  std::ptrdiff_t first_node_ = 0;
  bool wants_to_end_ = false;
};

} // namespace troupe::top
