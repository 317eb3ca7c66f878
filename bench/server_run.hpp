#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "troupe/bench/bench_server.hpp"
#include "troupe/bench/child_process.hpp"

namespace troupe::bench {

/// A program that puts load on a server.
struct load_program {
  std::vector<std::string> command;
  int core = 0;
  /// How long it may take.
  double seconds_max = 60;
};

/// One server under one load, once.
class server_run {
public:
  using value_map = std::map<std::string, double, std::less<>>;

  /// Starts the server on `server_core`, puts the load on it and stops both.
  /// The load is told where the server is, and prints a line of `key=value`.
  /// Throws `std::runtime_error` if either does not end well.
  server_run(const bench_server& which, int server_core, load_program program) {
    listening_server server{which, server_core};
    program.command.push_back("--connect=" + server.address());
    program.command.push_back("--server-pid=" + std::to_string(server.id()));
    child_process load{program.command, program.core};
    auto line = load.read_line(program.seconds_max);
    if (!line || !load.ended_well(5))
      throw std::runtime_error{which.name + ": the load failed"};
    server.stop();
    values_ = values_of(*line);
  }

  static value_map values_of(const std::string& line) {
    value_map result;
    std::istringstream pairs{line};
    for (std::string pair; pairs >> pair;)
      if (auto equals = pair.find('='); equals != pair.npos)
        result[pair.substr(0, equals)] = std::stod(pair.substr(equals + 1));
    return result;
  }

  /// All that the load printed, by its keys.
  const value_map& values() const noexcept {
    return values_;
  }

  /// Throws `std::out_of_range` if the load did not print `key`.
  double value(std::string_view key) const {
    return values_.at(std::string{key});
  }

  double messages_a_second() const {
    return value("messages") / value("seconds");
  }

  /// Of a time in nanoseconds, in microseconds.
  double us_a_message(std::string_view key) const {
    return value(key) / 1e3 / value("messages");
  }

  /// CPU time of the server, the figure to compare.
  double cpu_us() const {
    return us_a_message("server_cpu_ns");
  }

  double p99_us() const {
    return value("p99_us");
  }

  /// Of a time in nanoseconds, as a part of the time that passed.
  double percent_of_time(std::string_view key) const {
    return value(key) / 1e7 / value("seconds");
  }

  double bytes_an_idle_connection() const {
    return (value("rss_anon_after") - value("rss_anon_before")) / value("idle");
  }

private:
  value_map values_;
};

/// The runs of one workload by server, then by round.
using server_runs = std::vector<std::vector<server_run>>;

} // namespace troupe::bench
