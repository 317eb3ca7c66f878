#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/bench/bench_server.hpp"
#include "troupe/bench/round_ratio.hpp"
#include "troupe/bench/sample_summary.hpp"
#include "troupe/bench/server_run.hpp"

namespace troupe::bench {

/// What each server has used, one row a server, for people to read.
class cost_table {
public:
  /// Ratios are to the servers of `ratio`; a column has its `name`.
  cost_table(const std::vector<bench_server>& servers, const round_ratio& ratio)
    : servers_(servers), ratio_(ratio) {
    // nop
  }

  /// A message is what `unit` says, such as "message" or "delivery".
  void print_load(const std::string& title, const server_runs& runs,
                  const std::string& unit = "message") const {
    std::printf("\n%s\n", title.c_str());
    auto plural = unit.ends_with('y') ? unit.substr(0, unit.size() - 1) + "ies"
                                      : unit + "s";
    auto rate = plural + "/s";
    std::printf("%-8s %12s | %8s %6s %7s %7s | %6s %6s | %22s |"
                " %8s %8s %8s | %6s %6s %5s\n",
                "server", rate.c_str(), "CPU us/m", "mad", "min", "max", "user",
                "system", header("CPU").c_str(), "p50 us", "p99 us", "p999 us",
                "busy", "waits", "load");
    for (std::size_t i = 0; i < runs.size(); ++i)
      print_load_row(servers_[i].name, runs[i], runs);
    std::fflush(stdout);
  }

  void print_half_load(const std::string& title,
                       const server_runs& runs) const {
    std::printf("\n%s, open loop\n", title.c_str());
    std::printf(
      "%-8s %10s | %8s %8s %8s %8s %8s | %22s | %8s %6s %6s %9s %8s\n",
      "server", "rate", "p50 us", "p99 us", "min", "max", "p999 us",
      header("p99").c_str(), "CPU us/m", "busy", "waits", "unfinished",
      "late p99");
    for (std::size_t i = 0; i < runs.size(); ++i)
      print_half_load_row(servers_[i].name, runs[i], runs);
    std::fflush(stdout);
  }

  void print_idle(const std::string& title, const server_runs& runs) const {
    std::printf("\n%s\n%-8s %18s %6s %7s %7s\n", title.c_str(), "server",
                "bytes a connection", "mad", "min", "max");
    for (std::size_t i = 0; i < runs.size(); ++i) {
      auto bytes
        = summary_of(each(runs[i], &server_run::bytes_an_idle_connection));
      std::printf("%-8s %18.0f %6.0f %7.0f %7.0f\n", servers_[i].name.c_str(),
                  bytes.median, bytes.mad, bytes.min, bytes.max);
    }
    std::fflush(stdout);
  }

private:
  using rounds = std::vector<server_run>;

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

  std::string header(const char* what) const {
    return std::string{what} + " / " + ratio_.name() + " (min..max)";
  }

  void print_load_row(const std::string& name, const rounds& rows,
                      const server_runs& all) const {
    auto cost = summary_of(each(rows, &server_run::cpu_us));
    auto ratio = ratio_.text(rows, all, &server_run::cpu_us);
    std::printf("%-8s %12.0f | %8.3f %6.3f %7.3f %7.3f | %6.3f %6.3f |"
                " %22s | %8.1f %8.1f %8.1f | %5.1f%% %5.1f%% %4.0f%%\n",
                name.c_str(), middle(rows, &server_run::messages_a_second),
                cost.median, cost.mad, cost.min, cost.max,
                middle(rows, &server_run::us_a_message, "server_user_ns"),
                middle(rows, &server_run::us_a_message, "server_system_ns"),
                ratio.c_str(), middle(rows, &server_run::value, "p50_us"),
                middle(rows, &server_run::value, "p99_us"),
                middle(rows, &server_run::value, "p999_us"),
                middle(rows, &server_run::percent_of_time, "server_cpu_ns"),
                middle(rows, &server_run::percent_of_time, "server_waited_ns"),
                middle(rows, &server_run::percent_of_time, "load_cpu_ns"));
  }

  void print_half_load_row(const std::string& name, const rounds& rows,
                           const server_runs& all) const {
    auto p99 = summary_of(each(rows, &server_run::value, "p99_us"));
    auto ratio = ratio_.text(rows, all, &server_run::p99_us);
    std::printf("%-8s %10.0f | %8.1f %8.1f %8.1f %8.1f %8.1f | %22s |"
                " %8.3f %5.1f%% %5.1f%% %9.0f %8.1f\n",
                name.c_str(), middle(rows, &server_run::value, "rate"),
                middle(rows, &server_run::value, "p50_us"), p99.median, p99.min,
                p99.max, middle(rows, &server_run::value, "p999_us"),
                ratio.c_str(), middle(rows, &server_run::cpu_us),
                middle(rows, &server_run::percent_of_time, "server_cpu_ns"),
                middle(rows, &server_run::percent_of_time, "server_waited_ns"),
                middle(rows, &server_run::value, "unfinished"),
                middle(rows, &server_run::value, "late_p99_us"));
  }

  const std::vector<bench_server>& servers_;
  const round_ratio& ratio_;
};

} // namespace troupe::bench
