#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/bench/child_process.hpp"

namespace troupe::bench {

struct echo_server {
  std::string name;
  std::vector<std::string> command;
};

struct echo_workload {
  std::size_t connections = 0;
  std::size_t in_flight = 0;
  std::size_t payload = 0;
  /// Connections besides, which exchange one frame and rest.
  std::size_t idle = 0;
};

struct echo_load_program {
  std::string path;
  double seconds = 0;
  double warmup_seconds = 0;
  int core = 0;
};

/// One server under one workload, once.
class echo_run {
public:
  /// Starts the server on `server_core`, puts the load on it and stops both.
  /// Throws `std::runtime_error` if a frame is lost or either does not end
  /// well.
  echo_run(const echo_server& which, int server_core,
           const echo_load_program& program, const echo_workload& work) {
    auto failure = [&which](const char* what) {
      return std::runtime_error{which.name + ": " + what};
    };
    child_process server{which.command, server_core};
    auto address = address_of(server);
    if (address.empty())
      throw failure("does not listen");
    child_process load{{program.path, "--connect=" + address,
                        "--connections=" + std::to_string(work.connections),
                        "--in-flight=" + std::to_string(work.in_flight),
                        "--payload-bytes=" + std::to_string(work.payload),
                        "--idle=" + std::to_string(work.idle),
                        "--seconds=" + std::to_string(program.seconds),
                        "--warmup=" + std::to_string(program.warmup_seconds),
                        "--server-pid=" + std::to_string(server.id())},
                       program.core};
    auto line = load.read_line(program.seconds + program.warmup_seconds + 60);
    if (!line || !load.ended_well(5))
      throw failure("the load failed");
    if (!server.terminate())
      throw failure("does not end well on SIGTERM");
    std::istringstream pairs{*line};
    for (std::string pair; pairs >> pair;)
      if (auto equals = pair.find('='); equals != pair.npos)
        values_[pair.substr(0, equals)] = std::stod(pair.substr(equals + 1));
  }

  /// All that `echo_load` printed, by its keys.
  const std::map<std::string, double, std::less<>>& values() const noexcept {
    return values_;
  }

  /// Throws `std::out_of_range` if `echo_load` did not print `key`.
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

  /// Of a time in nanoseconds, as a part of the time that passed.
  double percent_of_time(std::string_view key) const {
    return value(key) / 1e7 / value("seconds");
  }

  double bytes_an_idle_connection() const {
    return (value("rss_anon_after") - value("rss_anon_before")) / value("idle");
  }

private:
  static std::string address_of(child_process& server) {
    constexpr std::string_view announcement = "listening on ";
    while (auto line = server.read_line(10))
      if (line->starts_with(announcement))
        return line->substr(announcement.size());
    return {};
  }

  std::map<std::string, double, std::less<>> values_;
};

/// The runs of one workload by server, then by round.
using echo_runs = std::vector<std::vector<echo_run>>;

} // namespace troupe::bench
