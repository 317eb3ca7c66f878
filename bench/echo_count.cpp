// How many system calls and allocations does echoing a frame take? Not for
// times: each server runs once while the kernel counts its system calls (`perf
// stat`), and once with a library that counts allocations.
//
//   echo_count --server="NAME=COMMAND"... [--workloads=64x1x64,64x16x64]
//              [--seconds=0.5] [--perf=/usr/bin/perf]
//              [--managed=erlang,node] [--csv=FILE]
//
// Allocations are counted from when all connections are there until all frames
// have come back; system calls while the load runs, to connect included. A
// server whose memory is `managed` by a collector is not asked for its
// allocations, which are no calls. Without a `perf` that may count, or without
// the library, which is no use beside a sanitizer, that column is left out.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "troupe/bench/allocation_count.hpp"
#include "troupe/bench/bench_server.hpp"
#include "troupe/bench/command_line.hpp"
#include "troupe/bench/echo_workload.hpp"
#include "troupe/bench/held_load.hpp"
#include "troupe/bench/open_files_limit.hpp"
#include "troupe/bench/round_ratio.hpp"
#include "troupe/bench/run_csv.hpp"
#include "troupe/bench/server_turns.hpp"
#include "troupe/bench/system_call_count.hpp"

namespace {

using namespace troupe::bench;

class echo_count {
public:
  explicit echo_count(const command_line& arguments)
    : folder_(std::filesystem::read_symlink("/proc/self/exe").parent_path()),
      seconds_(arguments.text("--seconds", "0.5")),
      perf_(arguments.text("--perf", "/usr/bin/perf")),
      library_(folder_ / "libcount_allocations.so") {
    // nop
  }

  /// Nothing without a `perf` that may count.
  std::optional<system_call_count>
  system_calls(const bench_server& which, const echo_workload& work) const {
    if (!std::filesystem::exists(perf_))
      return std::nullopt;
    listening_server server{which, turns_.server_core};
    auto result = count_system_calls(perf_, server.id(),
                                     load_command(server, work),
                                     turns_.load_core);
    server.stop();
    return result;
  }

  /// For a frame; nothing without the library.
  std::optional<double> allocations(const bench_server& which,
                                    const echo_workload& work) const {
    if (!std::filesystem::exists(library_))
      return std::nullopt;
    allocation_count count;
    bench_server counted{which.name, count.counted(library_, which.command)};
    listening_server server{counted, turns_.server_core};
    held_load load{load_command(server, work), turns_.load_core};
    auto before = count.read();
    auto frames = load.run();
    auto result = static_cast<double>(count.read() - before) / frames;
    server.stop();
    return result;
  }

private:
  std::vector<std::string> load_command(const listening_server& server,
                                        const echo_workload& work) const {
    auto result = work.load_arguments();
    result.insert(result.begin(),
                  {folder_ / "echo_load", "--seconds=" + seconds_, "--warmup=0",
                   "--connect=" + server.address(),
                   "--server-pid=" + std::to_string(server.id())});
    return result;
  }

  const std::filesystem::path folder_;
  const std::string seconds_;
  const std::string perf_;
  const std::filesystem::path library_;
  const server_turns turns_{1};
};

/// The most frequent ones.
std::string text_of(const std::map<std::string, double>& calls) {
  std::vector<std::pair<double, std::string>> sorted;
  for (auto& [name, count] : calls)
    if (count >= 0.005)
      sorted.push_back({count, name});
  std::sort(sorted.rbegin(), sorted.rend());
  std::string result;
  for (auto& [count, name] : sorted) {
    char text[64];
    std::snprintf(text, sizeof text, " %s %.2f", name.c_str(), count);
    result += text;
  }
  return result;
}

int run(const command_line& arguments) {
  auto servers = servers_from(arguments);
  auto managed = split(arguments.text("--managed", "erlang,node"), ',');
  round_ratio no_ratio{servers, ""};
  server_turns turns{1};
  std::fputs(turns.text().c_str(), stdout);
  run_csv csv{servers, no_ratio, arguments.text("--csv", ""), turns.text()};
  echo_count count{arguments};
  raise_open_files_limit();
  auto workloads = arguments.text("--workloads", "64x1x64,64x16x64");
  for (auto& name : split(workloads, ',')) {
    auto work = echo_workload::parse(name);
    std::printf("\n%s\n%-8s %20s %20s   %s\n", work.title().c_str(), "server",
                "allocations/message", "system calls/message", "of which");
    for (auto& server : servers) {
      std::string allocated = "-";
      if (std::count(managed.begin(), managed.end(), server.name) == 0)
        if (auto allocations = count.allocations(server, work)) {
          csv.add(name, 1, server.name, "allocations", *allocations);
          char text[32];
          std::snprintf(text, sizeof text, "%.3f", *allocations);
          allocated = text;
        }
      std::printf("%-8s %20s ", server.name.c_str(), allocated.c_str());
      if (auto calls = count.system_calls(server, work)) {
        csv.add(name, 1, server.name, "system_calls", calls->all);
        std::printf("%20.3f  %s\n", calls->all,
                    text_of(calls->by_name).c_str());
      } else {
        std::printf("%20s\n", "-");
      }
      std::fflush(stdout);
    }
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  command_line arguments{argc,
                         argv,
                         {"--server", "--workloads", "--seconds", "--perf",
                          "--managed", "--csv"}};
  try {
    return run(arguments);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "echo_count: %s\n", failure.what());
    return 1;
  }
}
