#include "troupe/tools/top/live_view.hpp"

#include <algorithm>
#include <utility>

#include "troupe/tools/top/cell.hpp"
#include "troupe/tools/top/command.hpp"
#include "troupe/tools/top/table.hpp"

namespace troupe::top {

namespace {

/// What stands above the rows and below them.
constexpr std::size_t lines_above = 2;
constexpr std::size_t lines_below = 2;

constexpr std::size_t typed_bytes_max = 32;
constexpr std::ptrdiff_t page_rows = 10;

constexpr int backspace = 0x7F;
constexpr int escape = 0x1B;

constexpr const char* keys_text
  = "up/down select  </> sort  s shares  c cpu_max  f freeze/thaw  d destroy  "
    "q quit";

} // namespace

void live_view::show(admin::Ledger now) {
  before_ = std::exchange(now_, std::move(now));
  if (before_.resource_containers().empty())
    before_ = now_;
  make_report();
}

void live_view::make_report() {
  report_ = top::make_report(before_, now_, how_);
  if (selected() != nullptr || report_.rows().empty())
    return;
  // No answer that was meant for another one may reach what is selected now.
  question_ = question::none;
  selected_id_ = report_.rows(0).resource_container().id();
}

std::size_t live_view::selected_index() const {
  auto& rows = report_.rows();
  auto found = std::find_if(rows.begin(), rows.end(), [this](auto& x) {
    return x.resource_container().id() == selected_id_;
  });
  return static_cast<std::size_t>(found - rows.begin());
}

const Row* live_view::selected() const {
  auto index = selected_index();
  return index < static_cast<std::size_t>(report_.rows_size())
           ? &report_.rows(static_cast<int>(index))
           : nullptr;
}

void live_view::move(std::ptrdiff_t by) {
  if (report_.rows().empty())
    return;
  auto to = static_cast<std::ptrdiff_t>(selected_index()) + by;
  to = std::clamp<std::ptrdiff_t>(to, 0, report_.rows_size() - 1);
  selected_id_ = report_.rows(static_cast<int>(to)).resource_container().id();
}

void live_view::sort_by(std::ptrdiff_t step) {
  how_.sorted_by = moved(how_.sorted_by, step);
  make_report();
}

void live_view::ask(question x) {
  question_ = selected() != nullptr ? x : question::none;
  typed_.clear();
}

std::optional<admin::Envelope> live_view::press(key x) {
  note_.clear();
  if (question_ != question::none)
    return answer(x);
  switch (static_cast<int>(x)) {
    case static_cast<int>(key::up):
    case 'k':
      move(-1);
      break;
    case static_cast<int>(key::down):
    case 'j':
      move(1);
      break;
    case static_cast<int>(key::page_up):
      move(-page_rows);
      break;
    case static_cast<int>(key::page_down):
      move(page_rows);
      break;
    case '<':
      sort_by(-1);
      break;
    case '>':
      sort_by(1);
      break;
    case 's':
      ask(question::shares);
      break;
    case 'c':
      ask(question::cpu_max);
      break;
    case 'd':
      ask(question::destroy);
      break;
    case 'f':
      if (auto* row = selected()) {
        admin::Envelope result;
        auto* target = row->resource_container().is_frozen()
                         ? result.mutable_thaw()->mutable_target()
                         : result.mutable_freeze()->mutable_target();
        target->set_id(row->resource_container().id());
        return result;
      }
      break;
    case 'q':
      wants_to_end_ = true;
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<admin::Envelope> live_view::answer(key x) {
  auto code = static_cast<int>(x);
  if (code == escape)
    question_ = question::none;
  else if (code == '\r' || code == '\n')
    return carry_out();
  else if (code == backspace || code == '\b') {
    if (!typed_.empty())
      typed_.pop_back();
  } else if (code > ' ' && code < backspace && typed_.size() < typed_bytes_max)
    typed_ += static_cast<char>(code);
  return std::nullopt;
}

std::optional<admin::Envelope> live_view::carry_out() {
  auto asked = std::exchange(question_, question::none);
  auto* row = selected();
  admin::Envelope result;
  admin::Target target;
  target.set_id(selected_id_);
  if (row == nullptr || typed_.empty())
    return std::nullopt;
  if (asked == question::destroy) {
    if (typed_ != "yes")
      return std::nullopt;
    *result.mutable_destroy()->mutable_target() = target;
    result.mutable_destroy()->set_reason("by troupe-top");
    return result;
  }
  auto& set = *result.mutable_set_attributes();
  *set.mutable_target() = target;
  auto name = asked == question::shares ? "shares=" : "cpu_max=";
  note_ = parse_attributes(name + typed_, *set.mutable_attributes());
  if (!note_.empty())
    return std::nullopt;
  return result;
}

std::string live_view::selected_path() const {
  auto* row = selected();
  return row != nullptr && !row->path().empty() ? shown(row->path())
                                                : "process";
}

/// What may not fit into its row.
std::string live_view::about_selected() const {
  auto* row = selected();
  auto result = selected_path();
  if (row != nullptr && !row->why().empty())
    result += ": " + shown(row->why());
  return result;
}

std::string live_view::bottom() const {
  auto path = selected_path();
  switch (question_) {
    case question::shares:
      return "shares of " + path + ": " + typed_;
    case question::cpu_max:
      return "cpu_max of " + path + ", 0 to 1: " + typed_;
    case question::destroy:
      return "destroy " + path + " and all it has? Type yes: " + typed_;
    case question::none:
      break;
  }
  return note_.empty() ? keys_text : note_;
}

std::vector<std::string> live_view::lines(std::size_t rows,
                                          std::size_t columns) {
  std::vector<std::string> result;
  auto seconds = static_cast<double>(report_.interval_ns()) / 1e9;
  auto title = std::to_string(report_.workers()) + " workers, "
               + std::to_string(now_.resource_containers_size())
               + " resource containers, by " + to_string(how_.sorted_by);
  if (auto rest = rest_line(report_); !rest.empty())
    title += ", " + rest;
  result.push_back(title);
  result.push_back(head_line());
  auto room
    = rows > lines_above + lines_below ? rows - lines_above - lines_below : 0;
  auto index = selected_index();
  if (index < first_shown_)
    first_shown_ = index;
  if (room > 0 && index >= first_shown_ + room)
    first_shown_ = index - room + 1;
  auto end = std::min(first_shown_ + room,
                      static_cast<std::size_t>(report_.rows_size()));
  for (auto i = first_shown_; i < end; ++i)
    result.push_back(row_line(report_.rows(static_cast<int>(i)), seconds));
  selected_line_ = lines_above + index - first_shown_;
  result.resize(lines_above + room);
  result.push_back(about_selected());
  result.push_back(bottom());
  result.resize(std::min(result.size(), rows));
  for (auto& x : result)
    x = cut(x, columns);
  return result;
}

} // namespace troupe::top
