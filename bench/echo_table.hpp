#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "troupe/bench/echo_run.hpp"
#include "troupe/bench/sample_summary.hpp"

namespace troupe::bench {

/// The rows of `echo_bench`, one a server, for people to read.
class echo_table {
public:
  /// Ratios are to the server called `baseline`, if there is one.
  echo_table(const std::vector<echo_server>& servers, std::string baseline)
    : servers_(servers), baseline_(std::move(baseline)) {
    // nop
  }

  void print_load(const echo_workload& work, const echo_runs& runs) const {
    std::printf("\n%zu connections x %zu in flight, %zu B payload\n",
                work.connections, work.in_flight, work.payload);
    auto ratio = "CPU / " + baseline_ + " (min..max)";
    std::printf("%-8s %10s | %8s %6s %7s %7s | %6s %6s | %22s |"
                " %8s %8s %8s | %6s %6s %5s\n",
                "server", "messages/s", "CPU us/m", "mad", "min", "max", "user",
                "system", ratio.c_str(), "p50 us", "p99 us", "p999 us", "busy",
                "waits", "load");
    for (std::size_t i = 0; i < runs.size(); ++i)
      print_load_row(servers_[i].name, runs[i], runs);
    std::fflush(stdout);
  }

  void print_idle(const echo_workload& work, const echo_runs& runs) const {
    std::printf("\n%zu idle connections\n%-8s %18s %6s %7s %7s\n", work.idle,
                "server", "bytes a connection", "mad", "min", "max");
    for (std::size_t i = 0; i < runs.size(); ++i) {
      auto bytes
        = summary_of(each(runs[i], &echo_run::bytes_an_idle_connection));
      std::printf("%-8s %18.0f %6.0f %7.0f %7.0f\n", servers_[i].name.c_str(),
                  bytes.median, bytes.mad, bytes.min, bytes.max);
    }
    std::fflush(stdout);
  }

private:
  using rounds = std::vector<echo_run>;

  template <class Function, class... Arguments>
  static std::vector<double> each(const rounds& rows, Function function,
                                  Arguments... arguments) {
    std::vector<double> result;
    for (auto& row : rows)
      result.push_back(std::invoke(function, row, arguments...));
    return result;
  }

  template <class... Arguments>
  static double middle(const rounds& rows, Arguments... arguments) {
    return median_of(each(rows, arguments...));
  }

  void print_load_row(const std::string& name, const rounds& rows,
                      const echo_runs& all) const {
    std::string_view cpu_key = "server_cpu_ns";
    auto cpu = each(rows, &echo_run::us_a_message, cpu_key);
    auto cost = summary_of(cpu);
    std::printf("%-8s %10.0f | %8.3f %6.3f %7.3f %7.3f | %6.3f %6.3f |"
                " %22s | %8.1f %8.1f %8.1f | %5.1f%% %5.1f%% %4.0f%%\n",
                name.c_str(), middle(rows, &echo_run::messages_a_second),
                cost.median, cost.mad, cost.min, cost.max,
                middle(rows, &echo_run::us_a_message, "server_user_ns"),
                middle(rows, &echo_run::us_a_message, "server_system_ns"),
                ratio_text(cpu, all).c_str(),
                middle(rows, &echo_run::value, "p50_us"),
                middle(rows, &echo_run::value, "p99_us"),
                middle(rows, &echo_run::value, "p999_us"),
                middle(rows, &echo_run::percent_of_time, cpu_key),
                middle(rows, &echo_run::percent_of_time, "server_waited_ns"),
                middle(rows, &echo_run::percent_of_time, "load_cpu_ns"));
  }

  // Each round is compared with the baseline's run in the same round.
  std::string ratio_text(std::vector<double> cpu, const echo_runs& all) const {
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      if (servers_[i].name != baseline_)
        continue;
      for (std::size_t round = 0; round < cpu.size(); ++round)
        cpu[round] /= all[i][round].us_a_message("server_cpu_ns");
      auto ratio = summary_of(cpu);
      char text[64];
      std::snprintf(text, sizeof text, "%.3f (%.3f..%.3f)", ratio.median,
                    ratio.min, ratio.max);
      return text;
    }
    return "-";
  }

  const std::vector<echo_server>& servers_;
  std::string baseline_;
};

/// Every run with all that was measured, one row each, to be summed up anew.
class echo_csv {
public:
  echo_csv(const std::vector<echo_server>& servers, std::ostream& out)
    : servers_(servers), out_(out) {
    out_ << "connections,in_flight,payload_bytes,round,server";
    for (auto key : keys)
      out_ << ',' << key;
    out_ << '\n';
  }

  void add(const echo_workload& work, const echo_runs& runs) {
    for (std::size_t round = 0; round < runs.front().size(); ++round)
      for (std::size_t i = 0; i < runs.size(); ++i) {
        out_ << work.connections << ',' << work.in_flight << ',' << work.payload
             << ',' << round + 1 << ',' << servers_[i].name;
        auto& values = runs[i][round].values();
        for (auto key : keys) {
          auto found = values.find(key);
          out_ << ',' << (found == values.end() ? 0 : found->second);
        }
        out_ << '\n';
      }
    out_.flush();
  }

private:
  static constexpr std::string_view keys[] = {
    "messages",         "seconds",          "server_cpu_ns", "server_user_ns",
    "server_system_ns", "server_waited_ns", "load_cpu_ns",   "p50_us",
    "p99_us",           "p999_us",          "idle",          "rss_anon_before",
    "rss_anon_after"};

  const std::vector<echo_server>& servers_;
  std::ostream& out_;
};

} // namespace troupe::bench
