#include "troupe/tests/cluster/sim_node.hpp"

#include "caf/scoped_actor.hpp"

#include "troupe/cluster/placement.hpp"
#include "troupe/runtime/check.hpp"

namespace troupe::test {

sim_node::sim_node(sim_system& sys, const std::string& name,
                   const std::vector<std::string>& others)
  : sys_(sys) {
  cluster_options options;
  options.node = name;
  cluster_layout layout;
  for (auto& x : others)
    layout.others.push_back({x, {}});
  node_ = std::make_shared<cluster_node>(
    sys.actors(), options, std::move(layout), [](auto&) { return nullptr; },
    sys.resources().system());
  node_->lease(UINT64_MAX);
  node_->directory = spawn_directory(node_);
  see({name});
}

sim_node::~sim_node() {
  auto parts = node_->links;
  parts["directory"] = node_->directory;
  for (auto& [name, x] : parts)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  sys_.run_until_idle();
}

member sim_node::who(const std::string& name) const {
  return name == node_->self().name ? node_->self() : member{name, 1};
}

void sim_node::see(const std::vector<std::string>& live,
                   const std::vector<std::string>& departing, bool has_quorum) {
  auto number = node_->view()->number + 1;
  node_->view(std::make_shared<cluster_view>(
    cluster_view{number, members(live), members(departing), has_quorum}));
  caf::anon_send(node_->directory, view_changed{number});
  sys_.run_until_idle();
}

std::string sim_node::name_of(const std::string& owner,
                              const std::vector<std::string>& all,
                              const std::string& kind) const {
  auto candidates = members(all);
  for (auto i = 0; i < 1'000; ++i) {
    auto result = kind + '/' + std::to_string(i);
    if (owner_of(result, candidates)->name == owner)
      return result;
  }
  TROUPE_CHECK(false, "Each member owns some names.");
  return {};
}

std::vector<member>
sim_node::members(const std::vector<std::string>& names) const {
  std::vector<member> result;
  for (auto& x : names)
    result.push_back(who(x));
  return result;
}

} // namespace troupe::test
