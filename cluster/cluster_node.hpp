#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"

#include "troupe/cluster/actor_exports.hpp"
#include "troupe/cluster/cluster_options.hpp"
#include "troupe/cluster/directory.hpp"
#include "troupe/cluster/membership.hpp"
#include "troupe/cluster/payer_names.hpp"
#include "troupe/runtime/tsc_clock.hpp"

namespace troupe {

/// What all parts of this process share as a node of a cluster. Outlives all
/// of them. Any thread, but for what is set before others exist.
class cluster_node {
public:
  cluster_node(caf::actor_system& system, const cluster_options& options,
               cluster_layout layout, payer_names::finder configured,
               resource_container_ptr payer);

  cluster_node(const cluster_node&) = delete;
  cluster_node& operator=(const cluster_node&) = delete;

  caf::actor_system& system() const noexcept {
    return system_;
  }

  const cluster_options& options() const noexcept {
    return options_;
  }

  const cluster_layout& layout() const noexcept {
    return layout_;
  }

  const member& self() const noexcept {
    return self_;
  }

  /// Pays for what the runtime does for the cluster.
  const resource_container_ptr& payer() const noexcept {
    return payer_;
  }

  payer_names& payers() noexcept {
    return payers_;
  }

  actor_exports& exports() noexcept {
    return exports_;
  }

  std::uint64_t now_ns() noexcept {
    return time_.now_ns();
  }

  cluster_view_ptr view() const {
    return view_.load();
  }

  void view(cluster_view_ptr x) {
    view_.store(std::move(x));
  }

  /// Until then the majority has heard of this node lately. One thread only.
  void lease(std::uint64_t until_ns) noexcept;

  /// How often the lease was over for so long that somebody else may have owned
  /// what this node owns.
  std::uint64_t lapses() const noexcept {
    return lapses_.load();
  }

  bool has_lease() noexcept {
    return now_ns() < lease_until_ns_.load();
  }

  /// Whether this node owns `name` at this moment, by its view and its lease.
  bool owns(const std::string& name);

  /// A number for an ownership: greater than any this node has given or heard
  /// of, and than those of others if clocks agree.
  std::uint64_t next_ownership(std::uint64_t above = 0);

  // What stands after this is set before the server runs, and not changed then.

  /// The links to all other members, by name.
  std::map<std::string, caf::actor> links;

  /// Where the actors are that belong to the cluster.
  caf::actor directory;

  /// What makes those, by what their names begin with, before the first '/'.
  std::map<std::string, owned_actor_factory> kinds;

  /// Actors of this node that others reach by these names.
  std::map<std::string, caf::actor> published;

private:
  caf::actor_system& system_;
  const cluster_options options_;
  const cluster_layout layout_;
  const member self_;
  const std::uint64_t index_;
  const resource_container_ptr payer_;
  payer_names payers_;
  actor_exports exports_;
  tsc_clock time_;
  std::atomic<cluster_view_ptr> view_;
  std::atomic<std::uint64_t> lease_until_ns_{0};
  std::atomic<std::uint64_t> lapses_{0};
  std::atomic<std::uint64_t> last_ownership_{0};
};

} // namespace troupe
