#include "troupe/actors/ledger_snapshot.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "troupe/actors/ledger_path.hpp"
#include "troupe/actors/utf8_text.hpp"

namespace troupe {

namespace {

constexpr std::size_t none = SIZE_MAX;

/// The index of each row's parent; `none` at the root.
std::vector<std::size_t> parents_of(const std::vector<ledger_row>& rows) {
  std::vector<std::size_t> result;
  std::vector<std::size_t> above;
  for (auto& x : rows) {
    above.resize(x.depth);
    result.push_back(above.empty() ? none : above.back());
    above.push_back(result.size() - 1);
  }
  return result;
}

/// Whether each row is asked for, but for how many may be.
std::vector<bool> wanted_of(const std::vector<ledger_row>& rows,
                            const std::vector<std::size_t>& parents,
                            const admin::GetLedger& which) {
  auto levels_max = which.depth_max() == 0 ? none - 1 : which.depth_max();
  std::vector<std::size_t> levels(rows.size(), none);
  for (auto i : rows_of_path(rows, which.path()))
    levels[i] = 0;
  std::vector<bool> result(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (parents[i] != none && levels[parents[i]] != none)
      levels[i] = levels[parents[i]] + 1;
    result[i] = levels[i] <= levels_max;
  }
  // Backwards, what is below one has been seen before it.
  for (auto i = rows.size(); i-- > 0;)
    if (result[i] && parents[i] != none)
      result[parents[i]] = true;
  return result;
}

/// The rows to be sent, in their order.
std::vector<std::size_t> chosen_of(const std::vector<ledger_row>& rows,
                                   const std::vector<std::size_t>& parents,
                                   const admin::GetLedger& which,
                                   std::size_t& omitted) {
  auto is_wanted = wanted_of(rows, parents, which);
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (is_wanted[i])
      result.push_back(i);
  auto rows_max = limits::admin_rows_max;
  if (which.rows_max() > 0)
    rows_max = std::min<std::size_t>(rows_max, which.rows_max());
  omitted = result.size() - std::min(result.size(), rows_max);
  if (omitted == 0)
    return result;
  // A parent has used what is below it has, but for a charge on its way up.
  std::vector<std::uint64_t> cpu_ns;
  for (auto& x : rows)
    cpu_ns.push_back(x.usage.cpu_ns);
  for (auto i = rows.size(); i-- > 1;)
    cpu_ns[parents[i]] = std::max(cpu_ns[parents[i]], cpu_ns[i]);
  // And so it comes before that.
  auto is_before = [&](auto x, auto y) {
    return cpu_ns[x] != cpu_ns[y] ? cpu_ns[x] > cpu_ns[y] : x < y;
  };
  std::nth_element(result.begin(),
                   result.begin() + static_cast<std::ptrdiff_t>(rows_max),
                   result.end(), is_before);
  result.resize(rows_max);
  std::sort(result.begin(), result.end());
  return result;
}

void fill(admin::Attributes& to, const resource_attributes& x) {
  to.set_shares(x.shares);
  to.set_cpu_min(x.cpu_min);
  to.set_cpu_max(x.cpu_max);
  to.set_memory_max(x.memory_max);
  to.set_connections_max(x.connections_max);
  to.set_queued_messages_max(x.queued_messages_max);
  to.set_staged_messages_max(x.staged_messages_max);
  to.set_read_rate_max(x.read_rate_max);
  to.set_write_rate_max(x.write_rate_max);
}

void fill(admin::Usage& to, const resource_usage& x) {
  to.set_cpu_ns(x.cpu_ns);
  to.set_bytes_in(x.bytes_in);
  to.set_bytes_out(x.bytes_out);
  to.set_frames_in(x.frames_in);
  to.set_frames_out(x.frames_out);
  to.set_turns(x.turns);
  to.set_waited_ns(x.waited_ns);
  to.set_drops(x.drops);
  to.set_throttles(x.throttles);
  to.set_suspensions(x.suspensions);
  to.set_denials(x.denials);
  to.set_destructions(x.destructions);
  to.set_memory_bytes(x.memory_bytes);
  to.set_queued_messages(x.queued_messages);
  to.set_connections(x.connections);
}

void fill(admin::ResourceContainer& to, const ledger_row& x) {
  to.set_id(x.id);
  to.set_depth(x.depth);
  to.set_name(utf8_text(x.name, limits::admin_text_bytes_max));
  fill(*to.mutable_attributes(), x.attributes);
  fill(*to.mutable_usage(), x.usage);
  to.set_is_frozen(x.is_frozen);
  to.set_is_destroyed(x.is_destroyed);
  to.set_destroyed_because(
    utf8_text(x.destroyed_because, limits::admin_text_bytes_max));
  to.set_last_throttle(to_string(x.last_throttle));
}

} // namespace

admin::Ledger snapshot(const resource_tree& tree, std::uint64_t time_ns,
                       const admin::GetLedger& which) {
  admin::Ledger result;
  result.set_time_ns(time_ns);
  result.set_workers(static_cast<std::uint32_t>(tree.workers()));
  auto rows = tree.snapshot();
  auto parents = parents_of(rows);
  std::size_t omitted = 0;
  for (auto i : chosen_of(rows, parents, which, omitted)) {
    auto& to = *result.add_resource_containers();
    if (parents[i] != none)
      to.set_parent_id(rows[parents[i]].id);
    fill(to, rows[i]);
  }
  result.set_rows_omitted(omitted);
  return result;
}

} // namespace troupe
