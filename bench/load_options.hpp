#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/types.h>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "troupe/bench/command_line.hpp"
#include "troupe/bench/load_class.hpp"
#include "troupe/bench/load_class_parser.hpp"
#include "troupe/bench/load_limits.hpp"
#include "troupe/bench/open_files_limit.hpp"
#include "troupe/bench/process_usage.hpp"

namespace troupe::bench {

/// What `load` is told. `parse` throws `std::invalid_argument` that names the
/// argument which makes no sense, and says why.
struct load_options {
  sockaddr_in server{};
  std::int64_t warmup_ns = 0;
  std::int64_t window_ns = 0;
  std::int64_t drain_ns = 0;
  std::uint64_t seed = 0;
  std::size_t requests_max = 0;
  std::size_t connections_max = 0;
  bool per_second = false;
  pid_t server_process = 0;
  std::string csv;
  std::vector<load_class> classes;

  static load_options parse(int argc, char** argv) {
    using namespace load_limits;
    command_line arguments{argc,
                           argv,
                           {"--connect", "--seconds", "--warmup", "--drain",
                            "--seed", "--requests-max", "--per-second",
                            "--server-pid", "--csv", "--class"}};
    load_options result;
    result.server = parse_server(arguments.text("--connect", ""));
    result.window_ns = read_ns(arguments, "--seconds", 10, seconds_max);
    result.warmup_ns = read_ns(arguments, "--warmup", 1, warmup_seconds_max);
    result.drain_ns = read_ns(arguments, "--drain", 1, drain_seconds_max);
    if (result.window_ns < 100'000'000)
      throw std::invalid_argument{"--seconds is at least 0.1"};
    result.seed = arguments.count("--seed", 1);
    result.requests_max = arguments.count("--requests-max", 10'000'000);
    if (result.requests_max == 0
        || result.requests_max > load_limits::requests_max)
      throw std::invalid_argument{"--requests-max is not in 1 to "
                                  + std::to_string(load_limits::requests_max)};
    result.per_second = arguments.has("--per-second");
    result.csv = arguments.text("--csv", "");
    result.server_process
      = static_cast<pid_t>(arguments.count("--server-pid", 0));
    if (arguments.has("--server-pid")
        && (result.server_process <= 0
            || usage_of(result.server_process).cpu_ns == 0))
      throw std::invalid_argument{"--server-pid="
                                  + arguments.text("--server-pid", "")
                                  + ": there is no such process"};
    result.read_classes(arguments.all("--class"));
    return result;
  }

private:
  static sockaddr_in parse_server(const std::string& text) {
    auto colon = text.find(':');
    sockaddr_in result{};
    result.sin_family = AF_INET;
    std::uint16_t port = 0;
    auto* end = text.data() + text.size();
    if (colon != text.npos) {
      auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
      if (error != std::errc{} || rest != end)
        port = 0;
    }
    result.sin_port = htons(port);
    if (port == 0
        || inet_pton(AF_INET, text.substr(0, colon).c_str(), &result.sin_addr)
             != 1)
      throw std::invalid_argument{"--connect=" + text
                                  + " is not ADDRESS:PORT of the server"};
    return result;
  }

  static std::int64_t read_ns(const command_line& arguments, const char* name,
                              double fallback, double max) {
    auto seconds = arguments.number(name, fallback);
    if (seconds > max)
      throw std::invalid_argument{std::string{name} + " is at most "
                                  + std::to_string(std::lround(max))};
    return static_cast<std::int64_t>(seconds * 1e9);
  }

  void read_classes(const std::vector<std::string>& texts) {
    if (texts.empty() || texts.size() > load_limits::classes_max)
      throw std::invalid_argument{
        "--class is given once to " + std::to_string(load_limits::classes_max)
        + " times, for example --class=some:clients=10,rate=100,spin_us=50"};
    std::set<std::string> names;
    std::size_t clients = 0;
    for (auto& text : texts) {
      classes.push_back(load_class_parser{text}.parse());
      auto& x = classes.back();
      if (!names.insert(x.name).second)
        throw std::invalid_argument{"--class=" + text
                                    + ": another class has this name"};
      if (x.from_seconds.value_or(0) * 1e9 >= static_cast<double>(window_ns))
        throw std::invalid_argument{"--class=" + text
                                    + ": from is not before the end of the "
                                      "window, --seconds"};
      clients += x.clients;
    }
    auto files = raise_open_files_limit();
    connections_max
      = files > load_limits::other_files ? files - load_limits::other_files : 0;
    if (clients > connections_max)
      throw std::invalid_argument{
        "--class: " + std::to_string(clients) + " clients in all, but only "
        + std::to_string(connections_max) + " connections may be open"};
  }
};

} // namespace troupe::bench
