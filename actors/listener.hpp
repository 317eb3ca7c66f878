#pragma once

#include <cstdint>
#include <string>

#include "caf/expected.hpp"
#include "caf/fwd.hpp"

#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/classifier.hpp"
#include "troupe/runtime/connection_factory.hpp"
#include "troupe/runtime/connection_options.hpp"
#include "troupe/runtime/endpoint.hpp"
#include "troupe/runtime/resource_container.hpp"

namespace troupe {

/// How a listener listens.
struct listen_options {
  /// The name of its resource container, under which each of its connections
  /// has one.
  std::string name = "connections";
  /// The attributes of that resource container.
  resource_attributes resources{};
  /// Where peers of some addresses belong instead; null if all belong here. A
  /// server's listeners get its `--classify` unless they have one.
  classifier_ptr classes{};
  connection_payer payer = connection_payer::itself;
  connection_options connection{};
};

/// Flow: from runtime/acceptor, to actors/application.
///
/// Listens on `address` and answers the address that was bound. Each connection
/// gets a resource container of its own under the listener's, and
/// whatever actors `factory` makes. Waits for the worker that will accept, so
/// it must not be called by an actor. Ends with the actor system, or
/// when the server drains.
caf::expected<endpoint> listen(caf::actor_system& system, endpoint address,
                               connection_factory_ptr factory,
                               const listen_options& options);

/// The same with all of it in `spec`, whose resource containers are there.
caf::expected<endpoint> listen(caf::actor_system& system, endpoint address,
                               listener_spec_ptr spec);

} // namespace troupe
