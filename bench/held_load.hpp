#pragma once

#include <csignal>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "troupe/bench/child_process.hpp"
#include "troupe/bench/process_state.hpp"
#include "troupe/bench/server_run.hpp"

namespace troupe::bench {

/// An `echo_load` that is told to `--hold`: it is connected and has stopped
/// itself, so that what its server does from then on is nothing but to answer.
class held_load {
public:
  held_load(std::vector<std::string> command, int core)
    : process_(holding(std::move(command)), core) {
    if (process_.read_line(30) != "connected")
      throw std::runtime_error{"the load does not connect"};
    auto status = "/proc/" + std::to_string(process_.id());
    while (status_of(status, "State:") != "T")
      usleep(1'000);
    // Whatever the server still does for new connections is over.
    usleep(50'000);
  }

  /// Lets it run to its end, and answers how many frames were answered.
  double run() {
    kill(process_.id(), SIGCONT);
    auto line = process_.read_line(120);
    if (!line || !process_.ended_well(5))
      throw std::runtime_error{"the load failed"};
    return server_run::values_of(*line).at("frames");
  }

private:
  static std::vector<std::string> holding(std::vector<std::string> command) {
    command.push_back("--hold");
    return command;
  }

  child_process process_;
};

} // namespace troupe::bench
