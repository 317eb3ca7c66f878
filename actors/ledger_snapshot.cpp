#include "troupe/actors/ledger_snapshot.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "troupe/actors/path_matcher.hpp"
#include "troupe/actors/utf8_text.hpp"

namespace troupe {

namespace {

constexpr std::size_t none = SIZE_MAX;

struct candidate {
  std::uint64_t id;
  std::uint64_t cpu_ns;
  /// Its index; `none` at the root.
  std::size_t parent;
  /// Levels below what is asked for; `none` if it is elsewhere.
  std::size_t level;
};

/// What each that is to be sent has for a parent.
using parents_of_chosen = std::unordered_map<std::uint64_t, std::uint64_t>;

/// Every resource container, in the order of the tree.
std::vector<candidate> all_of(const resource_tree& tree,
                              std::string_view path) {
  std::vector<candidate> result;
  std::vector<std::size_t> above;
  path_matcher match{path};
  tree.for_each([&](const resource_container& x, std::uint32_t depth) {
    above.resize(depth);
    auto parent = above.empty() ? none : above.back();
    auto level = none;
    if (match.next(depth, x.name()))
      level = 0;
    else if (parent != none && result[parent].level != none)
      level = result[parent].level + 1;
    above.push_back(result.size());
    result.push_back({x.id(), x.usage().cpu_ns, parent, level});
  });
  return result;
}

/// The indices of what is asked for, but for how many may be.
std::vector<std::size_t> wanted_of(const std::vector<candidate>& all,
                                   const admin::GetLedger& which) {
  auto levels_max = which.depth_max() == 0 ? none - 1 : which.depth_max();
  std::vector<bool> is_wanted(all.size());
  // Backwards, what is below one has been seen before it.
  for (auto i = all.size(); i-- > 0;) {
    is_wanted[i] = is_wanted[i] || all[i].level <= levels_max;
    if (is_wanted[i] && all[i].parent != none)
      is_wanted[all[i].parent] = true;
  }
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (is_wanted[i])
      result.push_back(i);
  return result;
}

parents_of_chosen chosen_of(std::vector<candidate> all,
                            const admin::GetLedger& which,
                            std::size_t& omitted) {
  auto wanted = wanted_of(all, which);
  auto rows_max = limits::admin_rows_max;
  if (which.rows_max() > 0)
    rows_max = std::min<std::size_t>(rows_max, which.rows_max());
  omitted = wanted.size() - std::min(wanted.size(), rows_max);
  if (omitted > 0) {
    // A parent has used what is below it has, but for a charge on its way up.
    for (auto i = all.size(); i-- > 1;) {
      auto& above = all[all[i].parent];
      above.cpu_ns = std::max(above.cpu_ns, all[i].cpu_ns);
    }
    // And so it comes before that.
    auto is_before = [&](auto x, auto y) {
      return all[x].cpu_ns != all[y].cpu_ns ? all[x].cpu_ns > all[y].cpu_ns
                                            : x < y;
    };
    std::nth_element(wanted.begin(),
                     wanted.begin() + static_cast<std::ptrdiff_t>(rows_max),
                     wanted.end(), is_before);
    wanted.resize(rows_max);
  }
  parents_of_chosen result;
  for (auto i : wanted)
    result.emplace(all[i].id,
                   all[i].parent != none ? all[all[i].parent].id : 0);
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

void fill(admin::ResourceContainer& to, const resource_container& x) {
  to.set_id(x.id());
  to.set_name(utf8_text(x.name(), limits::admin_text_bytes_max));
  fill(*to.mutable_attributes(), x.attributes());
  fill(*to.mutable_usage(), x.usage());
  to.set_is_frozen(x.is_frozen());
  to.set_last_throttle(to_string(x.last_throttle()));
  to.set_last_throttle_by(x.last_throttle_by());
  if (!x.is_destroyed())
    return;
  to.set_is_destroyed(true);
  to.set_destroyed_because(
    utf8_text(x.destroyed_because(), limits::admin_text_bytes_max));
}

} // namespace

admin::Ledger snapshot(const resource_tree& tree, std::uint64_t time_ns,
                       const admin::GetLedger& which) {
  admin::Ledger result;
  result.set_time_ns(time_ns);
  result.set_workers(static_cast<std::uint32_t>(tree.workers()));
  // Twice through the tree: few of many are looked at in full, and while they
  // are no resource container can come or go.
  std::size_t omitted = 0;
  auto chosen = chosen_of(all_of(tree, which.path()), which, omitted);
  result.set_rows_omitted(omitted);
  std::unordered_set<std::uint64_t> sent;
  tree.for_each([&](const resource_container& x, std::uint32_t depth) {
    auto found = chosen.find(x.id());
    // It may have been moved meanwhile, away from its parent.
    if (found == chosen.end()
        || (found->second != 0 && !sent.contains(found->second)))
      return;
    sent.insert(x.id());
    auto& to = *result.add_resource_containers();
    to.set_depth(depth);
    to.set_parent_id(found->second);
    fill(to, x);
  });
  return result;
}

} // namespace troupe
