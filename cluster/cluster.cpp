#include "troupe/cluster/cluster.hpp"

#include <algorithm>

#include "caf/openssl/manager.hpp"

#include "troupe/cluster/cluster_node.hpp"
#include "troupe/cluster/dialer.hpp"
#include "troupe/cluster/link.hpp"
#include "troupe/cluster/node_broker.hpp"
#include "troupe/cluster/peer_watch.hpp"
#include "troupe/cluster/remote_actor.hpp"
#include "troupe/cluster/static_membership.hpp"
#include "troupe/cluster/tls_session.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/scheduler.hpp"

namespace troupe {

void cluster::prepare(server_options& options, cluster_options& own,
                      std::function<void(message_types)> register_types) {
  own.add_to(options);
  options.configure.push_back(
    [&own, register_types](caf::actor_system_config& x) {
      if (register_types)
        register_types(message_types{x});
      cluster_layout layout;
      if (own.node.empty() || !read_layout(own, layout).empty())
        return;
      load_node_broker(x, own.silence_ms);
      if (!own.has_tls())
        return;
      x.openssl_certificate = own.certificate;
      x.openssl_key = own.key;
      x.openssl_cafile = own.authority;
      x.load<caf::openssl::manager>();
    });
}

namespace {

/// Runs `f` on a worker, on the bill of the cluster, and waits for it.
template <class F>
void on_bill_of(cluster_node& node, F f) {
  scheduler::of(node.system()).at(0).post_and_wait([&](worker& here) {
    worker::behalf payer{here, *node.payer()};
    f();
  });
}

/// The others would cut this node without a word.
void check_certificate(const cluster_options& x) {
  auto names = names_in_certificate(x.certificate);
  if (std::find(names.begin(), names.end(), x.node) == names.end())
    log(log_level::warning, "certificate_of_another",
        {{"node", x.node}, {"cluster_certificate", x.certificate}});
}

} // namespace

cluster::cluster(caf::actor_system& system)
  : node_(std::make_shared<cluster_node>(system, cluster_options{},
                                         cluster_layout{}, nullptr, nullptr)) {
  node_->view(
    std::make_shared<cluster_view>(cluster_view{1, {node_->self()}, {}, true}));
  node_->lease(UINT64_MAX);
  node_->directory = spawn_directory(node_);
}

cluster::cluster(server& parent, const cluster_options& options)
  : cluster(parent.system()) {
  cluster_layout layout;
  if (auto error = read_layout(options, layout); !error.empty())
    parent.refuse(error);
  if (options.node.empty() || parent.has_given_up())
    return;
  is_alone_ = false;
  stop();
  auto& system = parent.system();
  node_ = std::make_shared<cluster_node>(
    system, options, std::move(layout),
    [&parent](const std::string& path) { return parent.container(path); },
    node_broker_payer(system));
  broker_ = node_broker_of(system);
  on_bill_of(*node_, [this] {
    node_->directory = spawn_directory(node_);
    for (auto& x : node_->layout().others)
      node_->links[x.name] = spawn_link(node_, x.name, broker_);
  });
  parent.before_run([this] { return start(); });
}

cluster::~cluster() {
  stop();
}

void cluster::stop() {
  for (auto& x : {watch_, node_->directory})
    if (x)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  for (auto& [name, link] : node_->links)
    caf::anon_send_exit(link, caf::exit_reason::user_shutdown);
}

void cluster::serve(std::string kind, owned_actor_factory make) {
  node_->kinds[std::move(kind)] = std::move(make);
}

void cluster::publish(std::string name, caf::actor who) {
  node_->published[std::move(name)] = std::move(who);
}

std::string cluster::start() {
  std::vector<std::string> names{node_->self().name};
  for (auto& x : node_->layout().others)
    names.push_back(x.name);
  auto members = std::make_unique<static_membership>(
    node_->self(), std::move(names), limits::takeover_ms * ns_per_ms);
  on_bill_of(*node_, [&] {
    watch_ = spawn_peer_watch(node_, broker_, std::move(members));
  });
  auto& options = node_->options();
  if (options.has_tls())
    check_certificate(options);
  if (auto error = open_node_port(*node_); !error.empty())
    return "cluster-listen \"" + options.listen + "\": " + error;
  log(log_level::info, "node_listening",
      {{"node", options.node},
       {"address", to_string(node_->layout().listen)},
       {"tls", options.has_tls() ? "yes" : "no"}});
  return {};
}

caf::actor cluster::find(std::string name, std::uint32_t lifetime_ms) {
  return make_owned_actor(node_, std::move(name), lifetime_ms);
}

caf::actor cluster::at(const std::string& member, const std::string& name,
                       std::uint32_t lifetime_ms) {
  if (member == node_->self().name) {
    auto found = node_->published.find(name);
    return found != node_->published.end() ? found->second : caf::actor{};
  }
  auto link = node_->links.find(member);
  if (link == node_->links.end())
    return {};
  return caf::actor_cast<caf::actor>(
    make_remote_actor(node_, link->second,
                      {addressee::published, name, 0, {}, 0, {}, lifetime_ms}));
}

caf::actor_system& cluster::system() const noexcept {
  return node_->system();
}

cluster_view_ptr cluster::view() const {
  return node_->view();
}

const member& cluster::self() const noexcept {
  return node_->self();
}

void cluster::watch(const caf::actor& who) {
  caf::send_as(who, node_->directory, watch_view{});
}

} // namespace troupe
