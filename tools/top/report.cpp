#include "troupe/tools/top/report.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <unordered_map>
#include <utility>

#include <google/protobuf/descriptor.h>

#include "troupe/tools/top/row_tree.hpp"
#include "troupe/tools/top/usage.hpp"

namespace troupe::top {

namespace {

using admin::Ledger;
using admin::ResourceContainer;

constexpr auto none = row_tree::none;

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
      auto* above = parent != none ? &rows_[parent] : nullptr;
      indices.emplace(x.id(), rows_.add(make_row(x, above), parent));
    }
    for (std::size_t i = 0; i < rows_.size(); ++i)
      rows_[i].set_why(why(i));
    result_.set_rows_omitted(after_.rows_omitted());
    for (auto index : rows_.in_order(how_.sorted_by))
      show(index);
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
    result.set_wait_us(mean_wait_us(result.used()));
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
    for (auto i = rows_.parent(index); i != none; i = rows_.parent(i))
      if (rows_[i].resource_container().is_frozen())
        return "frozen by " + rows_[i].path();
    if (now.attributes().cpu_max() <= 0)
      return "cpu_max 0";
    if (x.used().throttles() > 0)
      return throttled(index);
    // What is capped as a whole is counted there.
    for (auto i = rows_.parent(index); i != none; i = rows_.parent(i)) {
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
    for (auto i = rows_.parent(index); i != none; i = rows_.parent(i))
      if (rows_[i].resource_container().id() == now.last_throttle_by())
        return now.last_throttle() + " of " + rows_[i].path();
    return now.last_throttle() + " below";
  }

  void show(std::size_t index) {
    if (static_cast<std::size_t>(result_.rows_size()) >= how_.rows_max)
      result_.set_rows_omitted(result_.rows_omitted() + 1);
    else
      result_.add_rows()->Swap(&rows_[index]);
  }

  const Ledger& after_;
  const report_options& how_;
  const bool is_complete_;
  std::uint64_t interval_ns_ = 0;
  std::unordered_map<std::uint64_t, const ResourceContainer*> before_;
  row_tree rows_;
  Report result_;
};

} // namespace

Report make_report(const Ledger& before, const Ledger& after,
                   const report_options& how) {
  return reporter{before, after, how}();
}

} // namespace troupe::top
