#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "caf/actor.hpp"

#include "troupe/actors/server.hpp"
#include "troupe/cluster/cluster_node_ptr.hpp"
#include "troupe/cluster/cluster_options.hpp"
#include "troupe/cluster/directory.hpp"
#include "troupe/cluster/membership.hpp"
#include "troupe/cluster/message_types.hpp"

namespace troupe {

/// START HERE for many machines. One node of a cluster: actors that belong to
/// the whole cluster live somewhere in it by their names, and handles to them
/// are ordinary ones. Without `--node` it is a cluster of one and costs
/// nothing.
///
///     troupe::cluster_options cluster_options;
///     troupe::server_options options;
///     troupe::cluster::prepare(options, cluster_options);
///     troupe::server server{argc, argv, options};
///     troupe::cluster cluster{server, cluster_options};
///     cluster.serve("room", [](troupe::ownership x) { … });
///     auto tea = cluster.find("room/tea");
///     return server.run();
///
/// Messages between nodes hold values of registered types (`message_types`)
/// and no handles; the sender is the only one. Each arrives once or not at all,
/// on the bill of the resource container of the same name under `remote`; those
/// of one sender to one receiver and on one bill arrive in order. A request
/// that was put in line is answered, if by an error.
///
/// Made after the server and ended before it, by the main thread.
class cluster {
public:
  /// Adds the options of a cluster to those of a server, and what CAF needs.
  /// `register_types` registers the application's own messages.
  static void prepare(server_options& options, cluster_options& own,
                      std::function<void(message_types)> register_types
                      = nullptr);

  cluster(server& parent, const cluster_options& options);

  /// A cluster of one, for tests and for who has no server.
  explicit cluster(caf::actor_system& system);

  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  ~cluster();

  /// Names that begin with `kind` and '/' belong to actors that `make` makes on
  /// the node that owns the name. Before the server runs.
  void serve(std::string kind, owned_actor_factory make);

  /// Lets other nodes reach `who` by `at`. Before the server runs.
  void publish(std::string name, caf::actor who);

  /// Whoever owns `name`, at the time of each message.
  caf::actor find(std::string name, std::uint32_t lifetime_ms
                                    = limits::parcel_lifetime_ms_default);

  /// What was published under `name` at the node, which may be this one. Null
  /// if there is no such member.
  caf::actor at(const std::string& member, const std::string& name,
                std::uint32_t lifetime_ms = limits::parcel_lifetime_ms_default);

  /// Whether there can be no other nodes.
  bool is_alone() const noexcept {
    return is_alone_;
  }

  caf::actor_system& system() const noexcept;

  /// Who takes part, now.
  cluster_view_ptr view() const;

  /// This node.
  const member& self() const noexcept;

  /// Sends `view_changed` to `who` whenever that changes.
  void watch(const caf::actor& who);

private:
  std::string start();
  void stop();

  cluster_node_ptr node_;
  bool is_alone_ = true;
  caf::actor broker_;
  caf::actor watch_;
};

} // namespace troupe
