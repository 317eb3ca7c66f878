#pragma once

#include <cstddef>
#include <fstream>
#include <iomanip>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/bench/bench_server.hpp"
#include "troupe/bench/round_ratio.hpp"
#include "troupe/bench/server_run.hpp"

namespace troupe::bench {

/// Every run with all that was measured, a row for each figure, to be summed up
/// anew.
class run_csv {
public:
  /// Writes nothing if `path` is empty; throws `std::runtime_error` if it
  /// cannot be written. `header` is comment lines.
  run_csv(const std::vector<bench_server>& servers, const round_ratio& ratio,
          const std::string& path, const std::string& header)
    : servers_(servers), ratio_(ratio) {
    if (path.empty())
      return;
    out_.open(path);
    if (!out_)
      throw std::runtime_error{"cannot write " + path};
    out_ << header << "workload,round,server,figure,value\n"
         << std::setprecision(12);
  }

  void add(const std::string& workload, const server_runs& runs) {
    for (std::size_t round = 0; round < runs.front().size(); ++round)
      for (std::size_t i = 0; i < runs.size(); ++i)
        add_run(workload, round, i, runs);
    out_.flush();
  }

  void add(const std::string& workload, std::size_t round,
           const std::string& server, std::string_view figure, double value) {
    out_ << workload << ',' << round << ',' << server << ',' << figure << ','
         << value << '\n';
  }

private:
  void add_run(const std::string& workload, std::size_t round, std::size_t i,
               const server_runs& runs) {
    auto& run = runs[i][round];
    auto write = [&](std::string_view figure, double value) {
      add(workload, round + 1, servers_[i].name, figure, value);
    };
    for (auto& [key, value] : run.values())
      write(key, value);
    if (run.values().contains("messages")) {
      write("messages_per_s", run.messages_a_second());
      write("cpu_us", run.cpu_us());
      write("user_us", run.us_a_message("server_user_ns"));
      write("system_us", run.us_a_message("server_system_ns"));
      write("cpu_ratio", ratio_.of(run, round, runs, &server_run::cpu_us));
      write("p99_ratio", ratio_.of(run, round, runs, &server_run::p99_us));
    } else {
      write("bytes_per_connection", run.bytes_an_idle_connection());
    }
  }

  const std::vector<bench_server>& servers_;
  const round_ratio& ratio_;
  std::ofstream out_;
};

} // namespace troupe::bench
