#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "troupe/bench/child_process.hpp"
#include "troupe/bench/process_state.hpp"
#include "troupe/bench/temporary_file.hpp"

namespace troupe::bench {

/// The system calls of a process and its threads, by `strace`, from when this
/// object is made to `end`. It slows them down, so times mean nothing
/// meanwhile.
class system_call_count {
public:
  system_call_count(const std::string& strace, pid_t process, int core)
    : strace_({strace, "-c", "-f", "-q", "-o", file_.path(), "-p",
               std::to_string(process)},
              core) {
    for (auto tries = 0; !is_tracing_ && tries < 200; ++tries) {
      usleep(10'000);
      is_tracing_ = is_traced(process);
    }
  }

  /// Whether it does; else it may not, and `strace` has said so.
  bool is_tracing() const noexcept {
    return is_tracing_;
  }

  /// Stops counting, and answers how many there were by name.
  std::map<std::string, std::uint64_t> end() {
    // It ends by the signal, after it has written.
    strace_.terminate();
    std::map<std::string, std::uint64_t> result;
    std::ifstream in{file_.path()};
    for (std::string line; std::getline(in, line);) {
      std::istringstream text{line};
      std::vector<std::string> fields{std::istream_iterator<std::string>{text},
                                      {}};
      // Part of the time, seconds, microseconds a call, calls, errors if there
      // were any, name.
      if (fields.size() < 5 || fields[0].find('.') == std::string::npos
          || fields.back() == "total")
        continue;
      result[fields.back()] = std::stoull(fields[3]);
    }
    return result;
  }

private:
  static bool is_traced(pid_t process) {
    for (auto& thread : std::filesystem::directory_iterator{
           "/proc/" + std::to_string(process) + "/task"})
      if (status_of(thread.path(), "TracerPid:") == "0")
        return false;
    return true;
  }

  temporary_file file_;
  child_process strace_;
  bool is_tracing_ = false;
};

} // namespace troupe::bench
