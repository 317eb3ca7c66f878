#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/bench/child_process.hpp"
#include "troupe/bench/command_line.hpp"

namespace troupe::bench {

/// One of the servers that a bench compares. It prints `listening on
/// ADDRESS:PORT` and ends well on SIGTERM.
struct bench_server {
  std::string name;
  std::vector<std::string> command;
  /// Whether it must end with status 0.
  bool ends_well = true;
};

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = std::min(text.find(separator, begin), text.size());
    if (end > begin)
      result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

/// Every `--server="NAME=COMMAND"`.
inline std::vector<bench_server> servers_from(const command_line& arguments) {
  std::vector<bench_server> result;
  for (auto& text : arguments.all("--server")) {
    auto equals = text.find('=');
    if (equals == text.npos)
      throw std::runtime_error{"no NAME=COMMAND: " + text};
    result.push_back(
      {text.substr(0, equals), split(text.substr(equals + 1), ' ')});
  }
  return result;
}

/// A server that runs, and listens. What fails throws `std::runtime_error`.
class listening_server {
public:
  listening_server(const bench_server& which, int core)
    : which_(which), process_(which.command, core) {
    constexpr std::string_view announcement = "listening on ";
    while (auto line = process_.read_line(10))
      if (line->starts_with(announcement)) {
        address_ = line->substr(announcement.size());
        return;
      }
    throw std::runtime_error{which.name + ": does not listen"};
  }

  pid_t id() const noexcept {
    return process_.id();
  }

  const std::string& address() const noexcept {
    return address_;
  }

  void stop() {
    if (!process_.terminate() && which_.ends_well)
      throw std::runtime_error{which_.name + ": does not end well on SIGTERM"};
  }

private:
  const bench_server& which_;
  child_process process_;
  std::string address_;
};

} // namespace troupe::bench
