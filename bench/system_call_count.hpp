#pragma once

#include <sys/types.h>

#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "troupe/bench/child_process.hpp"
#include "troupe/bench/server_run.hpp"
#include "troupe/bench/temporary_file.hpp"

namespace troupe::bench {

/// System calls a frame of a process and its threads.
struct system_call_count {
  double all = 0;
  /// Of those that servers are made of.
  std::map<std::string, double> by_name;
};

/// Runs `load` on `core` and has the kernel count what `process` calls until it
/// ends; nothing if `perf` may not, which it says. That hardly slows the
/// process down. To trace it does, and a server that polls by the clock would
/// then seem to poll with every frame.
inline std::optional<system_call_count>
count_system_calls(const std::string& perf, pid_t process,
                   std::vector<std::string> load, int core) {
  // Each takes the kernel a while to set up, so these are not all.
  const auto names = {"read",       "write",       "readv",     "writev",
                      "recvfrom",   "sendto",      "recvmsg",   "sendmsg",
                      "epoll_wait", "epoll_pwait", "epoll_ctl", "futex"};
  const std::string all = "raw_syscalls:sys_enter";
  const std::string prefix = "syscalls:sys_enter_";
  auto events = all;
  for (auto* name : names)
    events += "," + prefix + name;
  temporary_file counts;
  load.insert(load.begin(),
              {perf, "stat", "-e", events, "-x", ",", "-o", counts.path(), "-p",
               std::to_string(process), "--"});
  child_process run{load, core};
  auto line = run.read_line(120);
  // Who may not count ends at once; a load says at its end what it has done.
  if (!run.ended_well(30) || !line)
    return std::nullopt;
  auto frames = server_run::values_of(*line).at("frames");
  system_call_count result;
  std::ifstream in{counts.path()};
  for (std::string row; std::getline(in, row);) {
    // Calls, an empty unit, the event, and for how long it was counted.
    std::istringstream text{row};
    std::string calls, unit, event;
    std::getline(text, calls, ',');
    std::getline(text, unit, ',');
    std::getline(text, event, ',');
    // It may have had no right to.
    if (calls.find_first_not_of("0123456789") != calls.npos)
      continue;
    if (event == all)
      result.all = std::stod(calls) / frames;
    else if (event.starts_with(prefix))
      result.by_name[event.substr(prefix.size())] = std::stod(calls) / frames;
  }
  if (result.all == 0)
    return std::nullopt;
  return result;
}

} // namespace troupe::bench
