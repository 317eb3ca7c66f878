#include "troupe/tools/top/cluster_view.hpp"

#include <algorithm>
#include <utility>

#include "troupe/tools/top/cell.hpp"
#include "troupe/tools/top/cluster_table.hpp"

namespace troupe::top {

namespace {

constexpr std::size_t lines_above = 2;
constexpr std::size_t notes_max = 8;
constexpr std::ptrdiff_t page_rows = 10;

constexpr const char* keys_text
  = "up/down rows  left/right nodes  </> sort  q quit";

} // namespace

void cluster_view::show(std::vector<node_look> nodes) {
  nodes_ = std::move(nodes);
  make_report();
}

void cluster_view::make_report() {
  report_ = make_cluster_report(nodes_, how_);
  stay_within();
}

void cluster_view::sort_by(std::ptrdiff_t step) {
  how_.sorted_by = moved(how_.sorted_by, step);
  // Each node has its own.
  if (how_.sorted_by == column::shares)
    how_.sorted_by = moved(how_.sorted_by, step);
  make_report();
}

void cluster_view::press(key x) {
  switch (static_cast<int>(x)) {
    case static_cast<int>(key::up):
    case 'k':
      --first_row_;
      break;
    case static_cast<int>(key::down):
    case 'j':
      ++first_row_;
      break;
    case static_cast<int>(key::page_up):
      first_row_ -= page_rows;
      break;
    case static_cast<int>(key::page_down):
      first_row_ += page_rows;
      break;
    case static_cast<int>(key::left):
    case 'h':
      --first_node_;
      break;
    case static_cast<int>(key::right):
    case 'l':
      ++first_node_;
      break;
    case '<':
      sort_by(-1);
      break;
    case '>':
      sort_by(1);
      break;
    case 'q':
      wants_to_end_ = true;
      break;
    default:
      break;
  }
  stay_within();
}

/// What is shown may be less than before.
void cluster_view::stay_within() {
  auto last = [](int count) { return std::max<std::ptrdiff_t>(count - 1, 0); };
  first_row_ = std::clamp<std::ptrdiff_t>(first_row_, 0,
                                          last(report_.rows_size()));
  first_node_ = std::clamp<std::ptrdiff_t>(first_node_, 0,
                                           last(report_.nodes_size()));
}

std::string cluster_view::title() const {
  auto result = std::to_string(answering_nodes(report_)) + " of "
                + std::to_string(report_.nodes_size()) + " nodes, by "
                + to_string(how_.sorted_by);
  if (report_.rows_omitted() > 0)
    result += ", " + more(report_.rows_omitted());
  return result;
}

std::vector<std::string> cluster_view::notes() const {
  auto result = cluster_notes(report_);
  if (result.size() <= notes_max)
    return result;
  auto rest = result.size() - notes_max + 1;
  result.resize(notes_max - 1);
  result.push_back(more(rest));
  return result;
}

std::vector<std::string> cluster_view::lines(std::size_t rows,
                                             std::size_t columns) {
  auto first_node = static_cast<std::size_t>(first_node_);
  std::vector<std::string> result{title(),
                                  cluster_head_line(report_, first_node)};
  auto below = notes();
  below.push_back(keys_text);
  auto used = lines_above + below.size();
  auto room = static_cast<std::ptrdiff_t>(rows > used ? rows - used : 0);
  auto end = std::min<std::ptrdiff_t>(first_row_ + room, report_.rows_size());
  for (auto i = first_row_; i < end; ++i)
    result.push_back(
      cluster_row_line(report_, report_.rows(static_cast<int>(i)), first_node));
  result.resize(lines_above + static_cast<std::size_t>(room));
  result.insert(result.end(), below.begin(), below.end());
  result.resize(std::min(result.size(), rows));
  for (auto& x : result)
    x = cut(x, columns);
  return result;
}

} // namespace troupe::top
