#pragma once

#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace troupe::bench {

inline std::int64_t read_clock_ns(clockid_t clock) noexcept {
  timespec now{};
  if (clock_gettime(clock, &now) != 0)
    return 0;
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// What a process has used since it started; zeros if there is no such process.
struct process_usage {
  /// CPU time of all its threads, exact.
  std::int64_t cpu_ns = 0;
  /// The same apart, but in ticks of the kernel's clock, often 10 ms.
  std::int64_t user_ns = 0;
  std::int64_t system_ns = 0;
  /// How long its threads could have run but others had the core.
  std::int64_t waited_ns = 0;
};

inline process_usage operator-(const process_usage& x,
                               const process_usage& y) noexcept {
  return {x.cpu_ns - y.cpu_ns, x.user_ns - y.user_ns, x.system_ns - y.system_ns,
          x.waited_ns - y.waited_ns};
}

/// Sum over the threads that run now; 0 where the kernel does not tell.
inline std::int64_t waited_ns_of(pid_t process) {
  std::int64_t sum = 0;
  std::error_code error;
  std::filesystem::directory_iterator threads{
    "/proc/" + std::to_string(process) + "/task", error};
  for (auto& thread : threads) {
    std::ifstream file{thread.path() / "schedstat"};
    std::int64_t ran_ns = 0;
    std::int64_t waited_ns = 0;
    if (file >> ran_ns >> waited_ns)
      sum += waited_ns;
  }
  return sum;
}

inline process_usage usage_of(pid_t process) {
  process_usage usage;
  clockid_t clock;
  if (clock_getcpuclockid(process, &clock) != 0)
    return usage;
  usage.cpu_ns = read_clock_ns(clock);
  std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
  std::string line;
  std::getline(file, line);
  // The second field, the program's name in brackets, may hold spaces.
  auto name_end = line.rfind(')');
  if (name_end == line.npos)
    return usage;
  std::istringstream fields{line.substr(name_end + 1)};
  std::string skipped;
  for (auto field = 3; field < 14; ++field)
    fields >> skipped;
  std::int64_t user_ticks = 0;
  std::int64_t system_ticks = 0;
  fields >> user_ticks >> system_ticks;
  auto tick_ns = 1'000'000'000 / sysconf(_SC_CLK_TCK);
  usage.user_ns = user_ticks * tick_ns;
  usage.system_ns = system_ticks * tick_ns;
  usage.waited_ns = waited_ns_of(process);
  return usage;
}

/// Resident bytes of `process` that no file backs: its heap and its stacks.
inline std::int64_t rss_anon_bytes(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/status"};
  std::string word;
  while (file >> word) {
    std::int64_t kib = 0;
    if (word == "RssAnon:" && file >> kib)
      return kib * 1024;
  }
  return 0;
}

} // namespace troupe::bench
