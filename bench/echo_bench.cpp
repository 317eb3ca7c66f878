// What does echoing a frame cost on troupe, against the same server written by
// hand on Asio and against one on CAF's own I/O layer? In CPU time a message,
// messages a second, latency, and memory an idle connection. README.md tells
// how to read the rows.
//
//   echo_bench [--rounds=5] [--seconds=2] [--warmup=0.3]
//              [--workloads=64x1x64,64x16x64,64x128x64,1000x1x64] [--idle=5000]
//              [--server="NAME=COMMAND"]... [--baseline=asio] [--csv=FILE]
//              [--short]
//
// Workloads are named as in echo_workload.hpp. A server prints `listening on
// ADDRESS:PORT` when it is ready and ends well on SIGTERM. Ends with status 1
// if a server fails or a frame is lost.

#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "troupe/bench/bench_server.hpp"
#include "troupe/bench/command_line.hpp"
#include "troupe/bench/cost_table.hpp"
#include "troupe/bench/echo_workload.hpp"
#include "troupe/bench/open_files_limit.hpp"
#include "troupe/bench/round_ratio.hpp"
#include "troupe/bench/run_csv.hpp"
#include "troupe/bench/server_turns.hpp"

namespace {

using namespace troupe::bench;

std::vector<bench_server> servers_or_ours(const command_line& arguments,
                                          const std::filesystem::path& folder) {
  if (auto result = servers_from(arguments); !result.empty())
    return result;
  return {{"troupe",
           {folder / "troupe-echo", "--listen=127.0.0.1:0",
            "--codec=length_prefix", "--workers=1"}},
          {"asio", {folder / "echo_asio"}},
          {"caf_io", {folder / "echo_caf_io"}}};
}

std::vector<echo_workload> workloads_from(const command_line& arguments) {
  std::vector<echo_workload> result;
  for (auto& text : split(arguments.text("--workloads", "64x1x64,64x16x64,"
                                                        "64x128x64,1000x1x64"),
                          ','))
    result.push_back(echo_workload::parse(text));
  return result;
}

int run(const command_line& arguments) {
  auto brief = arguments.has("--short");
  auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  auto servers = servers_or_ours(arguments, folder);
  round_ratio ratio{servers, arguments.text("--baseline", "asio")};
  auto workloads = workloads_from(arguments);
  if (auto idle = arguments.count("--idle", brief ? 500 : 5000); idle > 0)
    workloads.push_back(echo_workload::parse("idle" + std::to_string(idle)));
  server_turns turns{arguments.count("--rounds", brief ? 1 : 5)};
  std::fputs(turns.text().c_str(), stdout);
  run_csv csv{servers, ratio, arguments.text("--csv", ""), turns.text()};
  cost_table table{servers, ratio};
  auto load = [&](std::vector<std::string> what) {
    what.insert(
      what.begin(),
      {folder / "echo_load",
       "--seconds="
         + std::to_string(arguments.number("--seconds", brief ? 0.2 : 2)),
       "--warmup="
         + std::to_string(arguments.number("--warmup", brief ? 0.05 : 0.3))});
    return what;
  };
  raise_open_files_limit();
  for (auto& work : workloads) {
    if (work.is_half_load && ratio.baselines().empty())
      throw std::runtime_error{"half of nothing: there is no baseline"};
    // What the baseline does of this in a closed loop, measured each round.
    double rate = 0;
    auto runs = turns.run(servers, [&](std::size_t, const bench_server& which) {
      if (!work.is_half_load)
        return load(work.load_arguments());
      if (&which == &servers.front()) {
        auto& baseline = servers[ratio.baselines().front()];
        rate = turns.run_once(baseline, load(work.load_arguments()))
                 .messages_a_second()
               / 2;
      }
      return load(work.load_arguments(rate));
    });
    if (work.idle > 0)
      table.print_idle(work.title(), runs);
    else if (work.is_half_load)
      table.print_half_load(work.title(), runs);
    else
      table.print_load(work.title(), runs);
    csv.add(work.name, runs);
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  command_line arguments{argc,
                         argv,
                         {"--rounds", "--seconds", "--warmup", "--idle",
                          "--workloads", "--server", "--baseline", "--csv",
                          "--short"}};
  try {
    return run(arguments);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "echo_bench: %s\n", failure.what());
    return 1;
  }
}
