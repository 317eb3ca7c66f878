#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "caf/error.hpp"

#include "troupe/runtime/classifier.hpp"
#include "troupe/runtime/connection_factory.hpp"
#include "troupe/runtime/connection_options.hpp"
#include "troupe/runtime/local_actor.hpp"
#include "troupe/runtime/transport.hpp"

namespace troupe {

class acceptor;
class connector;
class runnable;
class scheduler;
class worker;

/// What one listener does with what it accepts. Does not change.
struct listener_spec : ref_counted {
  /// Of peers that no class is for.
  resource_container_ptr parent;
  /// May be null.
  classifier_ptr classes;
  connection_payer payer = connection_payer::itself;
  connection_options connection;
  connection_factory_ptr factory;
};

using listener_spec_ptr = ref_ptr<const listener_spec>;

/// Flow: from runtime/readiness_set, to runtime/connection_io.
///
/// One worker's sockets: the broker actor gets one `sockets_ready` a poll and
/// schedules, on the resource container that pays, the read or the write that
/// each event stands for. It reads and parses nothing itself.
///
/// Lives as long as its worker; only the worker's thread calls it.
class broker {
public:
  broker(worker& home, local_actor_ptr self);

  broker(const broker&) = delete;
  broker& operator=(const broker&) = delete;

  ~broker();

  /// Sends the broker actor this poll's events. Leaves `events` empty, with
  /// memory of earlier ones if there is some to spare.
  void sockets_ready(std::vector<socket_event>& events);

  /// What the actor does on receiving them.
  void dispatch(std::vector<socket_event> events);

  /// Opens a listening socket; `address` becomes the one that was bound.
  caf::error listen(endpoint& address, listener_spec_ptr spec);

  /// Takes over a connection that some worker has accepted.
  void adopt(unowned_socket accepted, const endpoint& peer,
             const resource_container_ptr& parent,
             const listener_spec_ptr& spec);

  /// Makes a socket for `io`, which has been opened already.
  void connect(connection_io_ptr io, const connect_options& options);

  /// Stops accepting, and ends each connection when what it has received is
  /// served.
  void drain();

  /// Ends all connections at once.
  void abort_all(const caf::error& reason);

  /// Cuts the connections of resource containers that are destroyed.
  void abort_destroyed();

  /// Lets go of everything: the worker is about to stop.
  void close_all();

  /// Has `x` run whenever `native`, the descriptor of another event loop, is
  /// readable: until `release`, before which `x` must not end.
  caf::error host(int native, runnable& x);
  void release(int native, runnable& x);

  std::size_t connections() const noexcept {
    return connections_.size();
  }

  void forget(connection_id id);
  void forget(connector& x);

  /// An identity for a connection of this worker, any thread.
  connection_id next_id() noexcept;

private:
  struct ready_connection {
    connection_io* io;
    readiness what;
  };

  void dispatch_to_other(std::uint64_t token);

  /// To be walked while connections end.
  std::vector<connection_io_ptr> all_connections() const;

  worker& home_;
  local_actor_ptr self_;
  std::atomic<std::uint64_t> ids_{0};
  bool is_draining_ = false;
  std::unordered_map<std::uint64_t, connection_io_ptr> connections_;
  /// For `dispatch` alone.
  std::vector<ready_connection> ready_;
  /// Empty; its memory is for the next poll.
  std::vector<socket_event> spare_events_;
  std::unordered_map<std::uint64_t, std::unique_ptr<acceptor>> acceptors_;
  std::unordered_map<std::uint64_t, std::unique_ptr<connector>> connectors_;
  std::unordered_map<std::uint64_t, runnable*> hosted_;
};

/// Makes the broker of `home` and its actor.
std::unique_ptr<broker> make_broker(worker& home);

} // namespace troupe
