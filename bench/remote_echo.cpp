// How long an actor waits for an actor of another process that sends back what
// it is sent: by troupe's cluster, or by CAF's own distribution. One process of
// each role; remote_echo.sh runs them in turn.
//
//   remote_echo --role=troupe-server|troupe-client  --node=… --cluster=… …
//   remote_echo --role=caf-server|caf-client --port=N
//
// The client prints "p50_us,p99_us,cpu_us" of one request.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "caf/actor_system_config.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/io/middleman.hpp"
#include "caf/scoped_actor.hpp"

#include "troupe/actors/server.hpp"
#include "troupe/bench/latency_histogram.hpp"
#include "troupe/cluster/cluster.hpp"

namespace {

using troupe::bench::latency_histogram;

struct echo_text {
  std::string text;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, echo_text& x) {
  return f(x.text);
}

std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

std::int64_t cpu_us() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto us = [](const timeval& x) { return x.tv_sec * 1'000'000 + x.tv_usec; };
  return us(used.ru_utime) + us(used.ru_stime);
}

caf::behavior echo(caf::event_based_actor*) {
  return {[](echo_text& x) { return std::move(x); }};
}

struct start_asking {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(start_asking)

namespace {

/// Asks one request after the other, then ends the process by SIGTERM.
class asker final : public caf::event_based_actor {
public:
  asker(caf::actor_config& config, caf::actor whom, std::size_t requests)
    : caf::event_based_actor(config),
      whom_(std::move(whom)),
      requests_(requests) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {[this](start_asking) { ask(); }};
  }

private:
  void ask() {
    auto begin_ns = now_ns();
    request(whom_, std::chrono::seconds{10}, echo_text{std::string(64, 'x')})
      .then(
        [this, begin_ns](const echo_text&) {
          latency_.add(now_ns() - begin_ns);
          if (++answers_ == requests_ / 4) {
            latency_.clear();
            begin_cpu_us_ = cpu_us();
          }
          if (answers_ < requests_)
            ask();
          else
            end();
        },
        // Nobody there, yet.
        [this](const caf::error&) {
          delayed_send(this, std::chrono::milliseconds{100}, start_asking{});
        });
  }

  void end() {
    auto measured = static_cast<double>(requests_ - requests_ / 4);
    std::printf("%.1f,%.1f,%.1f\n",
                static_cast<double>(latency_.quantile_ns(0.5)) / 1e3,
                static_cast<double>(latency_.quantile_ns(0.99)) / 1e3,
                static_cast<double>(cpu_us() - begin_cpu_us_) / measured);
    std::fflush(stdout);
    kill(getpid(), SIGTERM);
  }

  const caf::actor whom_;
  const std::size_t requests_;
  std::size_t answers_ = 0;
  std::int64_t begin_cpu_us_ = 0;
  latency_histogram latency_;
};

void wait_for_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  int signal = 0;
  sigwait(&signals, &signal);
}

int run_caf(bool is_server, std::uint16_t port, std::size_t requests) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  caf::actor_system_config config;
  config.set("scheduler.max-threads", std::size_t{1});
  troupe::message_types{config}.add<echo_text>("echo_text");
  config.load<caf::io::middleman>();
  caf::actor_system system{config};
  system.await_actors_before_shutdown(false);
  if (is_server) {
    auto bound = system.middleman().publish(system.spawn(echo), port,
                                            "127.0.0.1", true);
    std::printf("listening\n");
    std::fflush(stdout);
    wait_for_signal();
    // Two actor systems in one process do not end in peace.
    std::_Exit(bound ? 0 : 1);
  }
  auto whom = system.middleman().remote_actor("127.0.0.1", port);
  if (!whom)
    return 1;
  auto self = system.spawn<asker>(*whom, requests);
  caf::anon_send(self, start_asking{});
  wait_for_signal();
  caf::anon_send_exit(self, caf::exit_reason::user_shutdown);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  std::string role;
  std::size_t port = 0;
  std::size_t requests = 20'000;
  troupe::server_options options;
  options.add(role, "role", "{troupe,caf}-{server,client}");
  options.add(port, "port", "of the server that is CAF's alone");
  options.add(requests, "requests", "how many, after a third as many");
  troupe::cluster_options cluster_options;
  troupe::cluster::prepare(options, cluster_options, [](auto types) {
    types.template add<echo_text>("echo_text");
  });
  troupe::server server{argc, argv, options};
  if (role.starts_with("caf-"))
    return run_caf(role == "caf-server", static_cast<std::uint16_t>(port),
                   requests);
  troupe::cluster cluster{server, cluster_options};
  cluster.publish("echo", server.system().spawn(echo));
  if (role == "troupe-client") {
    auto self = server.system().spawn<asker>(cluster.at("server", "echo"),
                                             requests);
    caf::anon_send(self, start_asking{});
  }
  std::printf("listening\n");
  std::fflush(stdout);
  return server.run();
}
