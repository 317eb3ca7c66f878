#include "troupe/cluster/cluster_node.hpp"

#include <algorithm>

#include "troupe/cluster/placement.hpp"
#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/wall_clock.hpp"

namespace troupe {

namespace {

/// Room for `cluster_members_max` in the low bits of an ownership.
constexpr std::uint64_t index_bits = 6;

std::uint64_t index_of(const std::string& self, const cluster_layout& all) {
  return static_cast<std::uint64_t>(
    std::count_if(all.others.begin(), all.others.end(),
                  [&](auto& x) { return x.name < self; }));
}

} // namespace

cluster_node::cluster_node(caf::actor_system& system,
                           const cluster_options& options,
                           cluster_layout layout,
                           payer_names::finder configured,
                           resource_container_ptr payer)
  : system_(system),
    options_(options),
    layout_(std::move(layout)),
    self_{options_.node, wall_clock_ms()},
    index_(index_of(self_.name, layout_)),
    payer_(std::move(payer)),
    payers_(scheduler::of(system).resources(), std::move(configured)),
    view_(std::make_shared<cluster_view>()) {
  // nop
}

void cluster_node::lease(std::uint64_t until_ns) noexcept {
  constexpr auto grace_ns = (limits::takeover_ms - limits::lease_ms)
                            * ns_per_ms;
  auto last_ns = lease_until_ns_.load();
  // Before it is seen to hold.
  if (last_ns != 0 && last_ns != UINT64_MAX && now_ns() > last_ns + grace_ns)
    ++lapses_;
  lease_until_ns_.store(until_ns);
}

bool cluster_node::owns(const std::string& name) {
  auto now = view();
  auto* owner = owner_of(name, now->live);
  return now->has_quorum && owner != nullptr && *owner == self_ && has_lease();
}

std::uint64_t cluster_node::next_ownership(std::uint64_t above) {
  auto last = last_ownership_.load();
  std::uint64_t next = 0;
  do {
    auto least = std::max(
      {wall_clock_ms(), (last >> index_bits) + 1, (above >> index_bits) + 1});
    next = least << index_bits | index_;
  } while (!last_ownership_.compare_exchange_weak(last, next));
  return next;
}

} // namespace troupe
