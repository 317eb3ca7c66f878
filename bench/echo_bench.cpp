// What does echoing a frame cost on troupe, against the same server written by
// hand on Asio and against one on CAF's own I/O layer? In CPU time a message,
// messages a second, latency, and memory an idle connection. README.md tells
// how to read the rows.
//
//   echo_bench [--rounds=5] [--seconds=2] [--warmup=0.3] [--idle=5000]
//              [--workloads=64x1x64,64x16x64,64x128x64,1000x1x64]
//              [--server="NAME=COMMAND"]... [--baseline=asio] [--csv=FILE]
//              [--short]
//
// A workload is connections x frames in flight on each x payload bytes. A
// server prints `listening on ADDRESS:PORT` when it is ready and ends well on
// SIGTERM. Ends with status 1 if a server fails or a frame is lost.

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <stdexcept>
#include <string>
#include <vector>

#include "troupe/bench/command_line.hpp"
#include "troupe/bench/echo_run.hpp"
#include "troupe/bench/echo_table.hpp"
#include "troupe/bench/open_files_limit.hpp"
#include "troupe/bench/run_environment.hpp"

namespace {

using namespace troupe::bench;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = std::min(text.find(separator, begin), text.size());
    if (end > begin)
      result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

std::vector<echo_server> servers_from(const command_line& arguments,
                                      const std::filesystem::path& folder) {
  std::vector<echo_server> result;
  for (auto& text : arguments.all("--server")) {
    auto equals = text.find('=');
    if (equals == text.npos)
      throw std::runtime_error{"no NAME=COMMAND: " + text};
    result.push_back(
      {text.substr(0, equals), split(text.substr(equals + 1), ' ')});
  }
  if (result.empty())
    result = {{"troupe",
               {folder / "troupe-echo", "--listen=127.0.0.1:0",
                "--codec=length_prefix", "--workers=1"}},
              {"asio", {folder / "echo_asio"}},
              {"caf_io", {folder / "echo_caf_io"}}};
  return result;
}

std::vector<echo_workload> workloads_from(const command_line& arguments) {
  std::vector<echo_workload> result;
  for (auto& text : split(arguments.text("--workloads", "64x1x64,64x16x64,"
                                                        "64x128x64,1000x1x64"),
                          ',')) {
    auto numbers = split(text, 'x');
    if (numbers.size() != 3)
      throw std::runtime_error{"not a workload: " + text};
    result.push_back({std::stoul(numbers[0]), std::stoul(numbers[1]),
                      std::stoul(numbers[2]), 0});
  }
  return result;
}

int run(const command_line& arguments) {
  auto brief = arguments.has("--short");
  auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  auto servers = servers_from(arguments, folder);
  auto workloads = workloads_from(arguments);
  auto rounds = arguments.count("--rounds", brief ? 1 : 5);
  if (auto idle = arguments.count("--idle", brief ? 500 : 5000); idle > 0)
    workloads.push_back({0, 1, 64, idle});
  auto cores = usable_cores();
  auto server_core = cores.front();
  echo_load_program load{folder / "echo_load",
                         arguments.number("--seconds", brief ? 0.2 : 2),
                         arguments.number("--warmup", brief ? 0.05 : 0.3),
                         cores.size() > 1 ? cores[1] : server_core};
  auto header = environment_text() + "# server on core "
                + std::to_string(server_core) + ", load on core "
                + std::to_string(load.core) + ", " + std::to_string(rounds)
                + " rounds\n";
  std::fputs(header.c_str(), stdout);
  std::ofstream file;
  if (auto path = arguments.text("--csv", ""); !path.empty()) {
    file.open(path);
    if (!file)
      throw std::runtime_error{"cannot write " + path};
    file << header;
  }
  file << std::setprecision(12);
  echo_csv csv{servers, file};
  echo_table table{servers, arguments.text("--baseline", "asio")};
  raise_open_files_limit();
  for (auto& work : workloads) {
    // The servers take turns, so that what disturbs the machine for a while
    // disturbs all of them.
    echo_runs runs(servers.size());
    for (std::size_t round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < servers.size(); ++i)
        runs[i].emplace_back(servers[i], server_core, load, work);
    if (work.idle > 0)
      table.print_idle(work, runs);
    else
      table.print_load(work, runs);
    csv.add(work, runs);
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
