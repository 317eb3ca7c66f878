#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"
#include "caf/behavior.hpp"
#include "caf/event_based_actor.hpp"

#include "troupe/actors/application.hpp"
#include "troupe/actors/block.hpp"
#include "troupe/actors/client.hpp"
#include "troupe/actors/connection.hpp"
#include "troupe/actors/listener.hpp"
#include "troupe/actors/server_options.hpp"
#include "troupe/actors/shared_actor.hpp"

namespace troupe {

/// START HERE. A process that serves: options, configuration file, workers,
/// listeners, signals. Make one in `main`, call `listen` for each way in, and
/// return what `run` returns.
///
/// If the options make no sense, or only ask for help, the server says so and
/// `run` returns at once. Belongs to the thread that made it, which should be
/// the main thread and make it before it starts others.
class server {
public:
  server(int argc, char** argv, server_options options = {});

  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Ends what is left without waiting for it.
  ~server();

  caf::actor_system& system() noexcept;

  /// What the options came to.
  const server_options& options() const noexcept;

  /// Listens on `--listen`. `start(self)` is called for each connection, on its
  /// worker, and returns its behavior; `self` is a `connection_of<Codec>*`.
  template <class Codec, class F>
  void listen(F start, const listen_options& how = {},
              typename Codec::options codec_options = {}) {
    listen_on<Codec>(options().listen, std::move(start), how,
                     std::move(codec_options));
  }

  /// Listens on `address` ("ADDR:PORT" or "unix:/PATH").
  template <class Codec, class F>
  void listen_on(const std::string& address, F start,
                 const listen_options& how = {},
                 typename Codec::options codec_options = {}) {
    open(address,
         connection_factory_ptr{new application<Codec, F>(
           std::move(start), std::move(codec_options))},
         how);
  }

  /// The resource container that `--container` or the configuration file has
  /// made under that path; null if there is none.
  resource_container_ptr container(const std::string& path) const;

  /// Has `run` begin with `f`, which answers what has gone wrong, or nothing.
  void before_run(std::function<std::string()> f);

  /// Gives up: `run` will print `why` and return 2.
  void refuse(const std::string& why);

  /// Whether that has happened, or only help was asked for.
  bool has_given_up() const noexcept;

  /// Prints "listening on ADDR:PORT" for each listener and serves until SIGTERM
  /// or SIGINT; then accepts no more, serves what has arrived, and returns 0.
  /// Returns 1 if connections had to be cut at `drain_ms_max`, or a
  /// listener could not be opened; 2 if the options make no sense.
  int run();

private:
  struct state;

  void open(const std::string& address, connection_factory_ptr factory,
            const listen_options& how);
  void make_containers();
  bool open_admin();
  bool drain();

  std::unique_ptr<state> state_;
};

} // namespace troupe
