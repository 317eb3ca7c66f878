#include "troupe/tools/top/report.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <unordered_map>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace troupe::top {

namespace {

using admin::Ledger;
using admin::ResourceContainer;
using admin::Usage;

constexpr std::size_t none = SIZE_MAX;

constexpr std::array<std::string_view, columns_count> names{
  "cpu",         "shares", "in",     "out",   "frames",    "wait",
  "connections", "memory", "queued", "drops", "throttles", "name"};

Usage difference(Usage x, const Usage& before) {
  x.set_cpu_ns(x.cpu_ns() - before.cpu_ns());
  x.set_bytes_in(x.bytes_in() - before.bytes_in());
  x.set_bytes_out(x.bytes_out() - before.bytes_out());
  x.set_frames_in(x.frames_in() - before.frames_in());
  x.set_frames_out(x.frames_out() - before.frames_out());
  x.set_turns(x.turns() - before.turns());
  x.set_waited_ns(x.waited_ns() - before.waited_ns());
  x.set_drops(x.drops() - before.drops());
  x.set_throttles(x.throttles() - before.throttles());
  x.set_suspensions(x.suspensions() - before.suspensions());
  x.set_denials(x.denials() - before.denials());
  x.set_destructions(x.destructions() - before.destructions());
  return x;
}

double key(const Row& x, column by) {
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

bool is_before(const Row& x, const Row& y, column by) {
  auto one = key(x, by);
  auto two = key(y, by);
  return one != two
           ? one > two
           : x.resource_container().name() < y.resource_container().name();
}

/// "cpu_max 0.3", or the name alone if that is no attribute.
std::string limit_text(const ResourceContainer& x, const std::string& name) {
  auto& all = x.attributes();
  auto* field = all.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr)
    return name;
  auto* access = all.GetReflection();
  using google::protobuf::FieldDescriptor;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64)
    return name + " " + std::to_string(access->GetUInt64(all, field));
  char text[32];
  std::snprintf(text, sizeof(text), " %g", access->GetDouble(all, field));
  return name + text;
}

class reporter {
public:
  reporter(const Ledger& before, const Ledger& after, const report_options& how)
    : after_(after), how_(how), is_complete_(before.rows_omitted() == 0) {
    for (auto& x : before.resource_containers())
      before_.emplace(x.id(), &x);
    interval_ns_ = after.time_ns() - before.time_ns();
  }

  Report operator()() {
    result_.set_interval_ns(interval_ns_);
    result_.set_workers(after_.workers());
    std::unordered_map<std::uint64_t, std::size_t> indices;
    for (auto& x : after_.resource_containers()) {
      auto found = indices.find(x.parent_id());
      auto parent = found != indices.end() ? found->second : none;
      indices.emplace(x.id(), rows_.size());
      if (parent != none)
        children_[parent].push_back(rows_.size());
      children_.emplace_back();
      parents_.push_back(parent);
      rows_.push_back(make_row(x, parent != none ? &rows_[parent] : nullptr));
    }
    for (std::size_t i = 0; i < rows_.size(); ++i)
      rows_[i].set_why(why(i));
    result_.set_rows_omitted(after_.rows_omitted());
    if (!rows_.empty())
      show(0);
    return std::move(result_);
  }

private:
  Row make_row(const ResourceContainer& x, const Row* above) {
    Row result;
    // The root has no name, and is not part of paths.
    result.set_path(above != nullptr ? above->path() + "/" + x.name() : "");
    *result.mutable_resource_container() = x;
    auto found = before_.find(x.id());
    if (found != before_.end())
      *result.mutable_used() = difference(x.usage(), found->second->usage());
    else if (is_complete_)
      *result.mutable_used() = x.usage();
    auto machine_ns = static_cast<double>(interval_ns_) * after_.workers();
    if (auto turns = result.used().turns(); turns > 0)
      result.set_wait_us(static_cast<double>(result.used().waited_ns()) / 1e3
                         / static_cast<double>(turns));
    if (machine_ns > 0)
      result.set_cpu(static_cast<double>(result.used().cpu_ns()) / machine_ns);
    return result;
  }

  /// Why it does not get all it wants, the strongest reason first.
  std::string why(std::size_t index) const {
    auto& x = rows_[index];
    auto& now = x.resource_container();
    if (now.is_destroyed())
      return "destroyed: " + now.destroyed_because();
    if (now.is_frozen())
      return "frozen";
    for (auto i = parents_[index]; i != none; i = parents_[i])
      if (rows_[i].resource_container().is_frozen())
        return "frozen by " + rows_[i].path();
    if (now.attributes().cpu_max() <= 0)
      return "cpu_max 0";
    if (x.used().throttles() > 0)
      return throttled(index);
    // What is capped as a whole is counted there.
    for (auto i = parents_[index]; i != none; i = parents_[i]) {
      auto& above = rows_[i].resource_container();
      if (above.attributes().cpu_max() < 1 && rows_[i].used().throttles() > 0)
        return "cpu_max of " + rows_[i].path();
    }
    if (x.used().suspensions() > 0 || x.used().denials() > 0
        || x.used().destructions() > 0)
      return "broke a rule, or one below";
    return x.used().drops() > 0 ? "drops" : "";
  }

  /// The limit, and whose it is unless it is its own.
  std::string throttled(std::size_t index) const {
    auto& now = rows_[index].resource_container();
    if (now.last_throttle_by() == now.id())
      return limit_text(now, now.last_throttle());
    for (auto i = parents_[index]; i != none; i = parents_[i])
      if (rows_[i].resource_container().id() == now.last_throttle_by())
        return now.last_throttle() + " of " + rows_[i].path();
    return now.last_throttle() + " below";
  }

  void show(std::size_t index) {
    if (static_cast<std::size_t>(result_.rows_size()) >= how_.rows_max)
      result_.set_rows_omitted(result_.rows_omitted() + 1);
    else
      result_.add_rows()->Swap(&rows_[index]);
    auto& below = children_[index];
    std::sort(below.begin(), below.end(), [this](auto x, auto y) {
      return is_before(rows_[x], rows_[y], how_.sorted_by);
    });
    for (auto x : below)
      show(x);
  }

  const Ledger& after_;
  const report_options& how_;
  const bool is_complete_;
  std::uint64_t interval_ns_ = 0;
  std::unordered_map<std::uint64_t, const ResourceContainer*> before_;
  std::vector<Row> rows_;
  std::vector<std::size_t> parents_;
  std::vector<std::vector<std::size_t>> children_;
  Report result_;
};

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

Report make_report(const Ledger& before, const Ledger& after,
                   const report_options& how) {
  return reporter{before, after, how}();
}

} // namespace troupe::top
