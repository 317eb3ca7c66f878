#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "troupe/bench/bench_server.hpp"
#include "troupe/bench/run_environment.hpp"
#include "troupe/bench/server_run.hpp"

namespace troupe::bench {

/// Where servers and load of a bench run, and how often: servers on the first
/// core that may be used, the load on the second.
struct server_turns {
  std::size_t rounds = 0;
  int server_core = usable_cores().front();
  int load_core = usable_cores().size() > 1 ? usable_cores()[1] : server_core;

  /// What figures depend on, as comment lines.
  std::string text() const {
    return environment_text() + "# server on core "
           + std::to_string(server_core) + ", load on core "
           + std::to_string(load_core) + ", " + std::to_string(rounds)
           + " rounds\n";
  }

  /// The servers take turns, so that what disturbs the machine for a while
  /// disturbs all of them. `load(round, server)` is the command of the load.
  template <class F>
  server_runs run(const std::vector<bench_server>& servers, F load) const {
    server_runs result(servers.size());
    for (std::size_t round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < servers.size(); ++i)
        result[i].push_back(run_once(servers[i], load(round, servers[i])));
    return result;
  }

  server_run run_once(const bench_server& server,
                      std::vector<std::string> load) const {
    return server_run{server, server_core, {std::move(load), load_core, 120}};
  }
};

} // namespace troupe::bench
