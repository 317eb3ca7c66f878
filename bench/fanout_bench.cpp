// What does it cost to tell all in a room what one of them says, on troupe's
// chat, Redis and NATS? In CPU time a delivery, deliveries a second, and until
// all have heard it. README.md tells how to read the rows.
//
//   fanout_bench --server="NAME=COMMAND"... [--rooms=10,100,1000]
//                [--in-flight=1,64] [--rounds=5] [--seconds=2] [--warmup=0.3]
//                [--baseline=redis,nats] [--csv=FILE]
//
// The name of a server, `troupe`, `redis` or `nats`, is how it is spoken to.
// Ratios are to the better of the baseline in each round. Ends with status 1 if
// a server fails or anybody does not hear a word.

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
#include "troupe/bench/open_files_limit.hpp"
#include "troupe/bench/round_ratio.hpp"
#include "troupe/bench/run_csv.hpp"
#include "troupe/bench/server_turns.hpp"

namespace {

using namespace troupe::bench;

int run(const command_line& arguments) {
  auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  auto servers = servers_from(arguments);
  if (servers.empty())
    throw std::runtime_error{"no --server"};
  // NATS ends with status 1 on SIGTERM.
  for (auto& x : servers)
    x.ends_well = x.name != "nats";
  round_ratio ratio{servers, arguments.text("--baseline", "redis,nats")};
  server_turns turns{arguments.count("--rounds", 5)};
  std::fputs(turns.text().c_str(), stdout);
  run_csv csv{servers, ratio, arguments.text("--csv", ""), turns.text()};
  cost_table table{servers, ratio};
  raise_open_files_limit();
  for (auto& room : split(arguments.text("--rooms", "10,100,1000"), ','))
    for (auto& words : split(arguments.text("--in-flight", "1,64"), ',')) {
      auto load = [&](std::size_t, const bench_server& which) {
        return std::vector<std::string>{
          folder / "fanout_load",
          "--protocol=" + which.name,
          "--members=" + room,
          "--in-flight=" + words,
          "--seconds=" + arguments.text("--seconds", "2"),
          "--warmup=" + arguments.text("--warmup", "0.3"),
        };
      };
      auto runs = turns.run(servers, load);
      table.print_load("a room of " + room + ", " + words + " words under way",
                       runs, "delivery");
      csv.add("room" + room + "x" + words, runs);
    }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  command_line arguments{argc,
                         argv,
                         {"--server", "--rooms", "--in-flight", "--rounds",
                          "--seconds", "--warmup", "--baseline", "--csv"}};
  try {
    return run(arguments);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "fanout_bench: %s\n", failure.what());
    return 1;
  }
}
