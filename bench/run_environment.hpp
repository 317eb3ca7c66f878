#pragma once

#include <sched.h>
#include <sys/utsname.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#ifndef TROUPE_BENCH_FLAGS
#  define TROUPE_BENCH_FLAGS "unknown"
#endif

namespace troupe::bench {

/// The cores that this process may run on, in order.
inline std::vector<int> usable_cores() {
  std::vector<int> result;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  sched_getaffinity(0, sizeof cores, &cores);
  for (auto core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(static_cast<unsigned>(core), &cores))
      result.push_back(core);
  return result;
}

/// What figures depend on, as comment lines: compiler, flags, machine.
inline std::string environment_text() {
  std::string cpu = "unknown";
  std::ifstream cpu_file{"/proc/cpuinfo"};
  for (std::string line; std::getline(cpu_file, line);)
    if (line.starts_with("model name")) {
      cpu = line.substr(line.find(':') + 2);
      break;
    }
  std::string load = "unknown";
  std::ifstream load_file{"/proc/loadavg"};
  std::getline(load_file, load);
  utsname system{};
  uname(&system);
  std::ostringstream text;
#ifdef __clang__
  text << "# compiler: clang " << __clang_version__ << '\n';
#else
  text << "# compiler: gcc " << __VERSION__ << '\n';
#endif
  text << "# flags: " << TROUPE_BENCH_FLAGS << '\n';
#ifndef __OPTIMIZE__
  text << "# WARNING: not optimised; these figures mean nothing\n";
#endif
  text << "# kernel: " << system.sysname << ' ' << system.release << ' '
       << system.machine << '\n'
       << "# cores: " << usable_cores().size() << " of " << cpu << '\n'
       << "# load average before: " << load << '\n';
  return text.str();
}

} // namespace troupe::bench
