#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "troupe/bench/bench_server.hpp"
#include "troupe/bench/work_frame.hpp"

namespace troupe::bench {

/// What `echo_bench` has `echo_load` do to each server, by one of these names:
///
///   64x16x64     connections x frames in flight on each x payload bytes
///   64x16xwork   the same with requests to a work server
///   64x1x64/2    open loop, at half of what the baseline did of 64x1x64
///   64xchurnx64  so many connections at a time, each for one frame
///   idle10000    connections that exchanged one frame and rest
struct echo_workload {
  std::string name;
  std::size_t connections = 0;
  std::size_t in_flight = 1;
  std::size_t payload = 64;
  std::size_t idle = 0;
  bool is_churn = false;
  bool is_work = false;
  bool is_half_load = false;

  /// Throws `std::runtime_error` if `text` is no name.
  static echo_workload parse(const std::string& text) {
    echo_workload result;
    result.name = text;
    auto shape = text;
    if (shape.ends_with("/2")) {
      result.is_half_load = true;
      shape.resize(shape.size() - 2);
    }
    auto parts = split(shape, 'x');
    if (shape.starts_with("idle")) {
      result.idle = number(text, shape.substr(4));
      parts.clear();
    } else if (parts.size() == 3) {
      result.connections = number(text, parts[0]);
      result.is_churn = parts[1] == "churn";
      if (!result.is_churn)
        result.in_flight = number(text, parts[1]);
      result.is_work = parts[2] == "work";
      result.payload = result.is_work ? work_frame::payload_bytes
                                      : number(text, parts[2]);
    } else {
      throw no_workload(text);
    }
    if (result.is_half_load && (result.is_churn || result.idle > 0))
      throw no_workload(text);
    return result;
  }

  std::string title() const {
    if (idle > 0)
      return std::to_string(idle) + " idle connections";
    auto what = is_work ? std::string{"work requests"}
                        : std::to_string(payload) + " B payload";
    auto how = is_churn ? std::string{"for one frame each"}
                        : "x " + std::to_string(in_flight) + " in flight";
    return std::to_string(connections) + " connections " + how + ", " + what;
  }

  /// Arguments for `echo_load`, of a closed loop.
  std::vector<std::string> load_arguments() const {
    std::vector<std::string> result{"--connections="
                                      + std::to_string(connections),
                                    "--in-flight=" + std::to_string(in_flight),
                                    "--idle=" + std::to_string(idle)};
    result.push_back(is_work ? "--work"
                             : "--payload-bytes=" + std::to_string(payload));
    if (is_churn)
      result.push_back("--churn");
    return result;
  }

  /// The same of an open loop. Frames do not wait in the load unless a
  /// connection has fallen far behind.
  std::vector<std::string> load_arguments(double rate) const {
    auto open = *this;
    open.in_flight = 1024;
    auto result = open.load_arguments();
    result.push_back("--rate=" + std::to_string(rate));
    return result;
  }

private:
  static std::runtime_error no_workload(const std::string& text) {
    return std::runtime_error{"not a workload: " + text};
  }

  static std::size_t number(const std::string& text, const std::string& part) {
    if (part.empty() || part.size() > 9
        || part.find_first_not_of("0123456789") != part.npos
        || std::stoul(part) == 0)
      throw no_workload(text);
    return std::stoul(part);
  }
};

} // namespace troupe::bench
