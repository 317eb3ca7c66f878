// How soon does a server answer, whom, and at what load does it stop? A load
// that does not wait for the server: requests are due at random times, and
// latency counts from then, so a server that stalls is seen to. Speaks the
// protocol of examples/work.
//
//   load --connect=127.0.0.1:PORT [--seconds=10] [--warmup=1] [--drain=1]
//        [--seed=1] [--requests-max=10000000] [--per-second]
//        [--server-pid=PID] [--csv=FILE] --class=NAME:KEY=VALUE,KEY,…
//
// `--class` is given once for each kind of client; bench/README.md has the keys
// and the columns. Prints rows of CSV. Ends with status 1 if an answer was not
// the one that was asked for, with 2 if an argument makes no sense.

#include <cstdio>
#include <exception>
#include <string>

#include "troupe/bench/load_options.hpp"
#include "troupe/bench/load_run.hpp"
#include "troupe/bench/load_table.hpp"
#include "troupe/bench/run_environment.hpp"

namespace {

using namespace troupe::bench;

int run(const load_options& options, int argc, char** argv) {
  auto* file = options.csv.empty() ? stdout
                                   : std::fopen(options.csv.c_str(), "w");
  if (file == nullptr) {
    std::perror(("load: --csv=" + options.csv).c_str());
    return 2;
  }
  load_table table{file};
  std::string command = "# command: load";
  for (auto i = 1; i < argc; ++i)
    command += std::string{" "} + argv[i];
  table.write_head(environment_text() + command + '\n');
  auto is_right = load_run{options, table}.run();
  if (file != stdout)
    std::fclose(file);
  return is_right ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(load_options::parse(argc, argv), argc, argv);
  } catch (const std::exception& x) {
    std::fprintf(stderr, "load: %s\n", x.what());
    return 2;
  }
}
