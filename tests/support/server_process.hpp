#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::test {

/// A program that lies beside the test, run from outside like any other: by its
/// arguments, its output and its signals. It lives no longer than this object.
/// One thread only.
class server_process {
public:
  struct limits {
    /// Files it may open; 0 is as many as the test.
    std::size_t open_files_max = 0;
  };

  /// Starts `program` with `arguments`.
  server_process(const std::string& program,
                 const std::vector<std::string>& arguments, limits bounds);

  server_process(const std::string& program,
                 const std::vector<std::string>& arguments)
    : server_process(program, arguments, limits{}) {
    // nop
  }

  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  ~server_process();

  pid_t id() const noexcept {
    return id_;
  }

  /// The port of its listener number `index`. Waits for the line that names it;
  /// throws `std::runtime_error` if the process ends or 20 s pass before.
  std::uint16_t port(std::size_t index = 0);

  /// Writes `text` to its standard input, a pipe. Waits while that is full.
  void write(std::string_view text);

  /// There will be no more input.
  void end_input();

  /// What it has written to standard output and to standard error so far.
  std::string output() const;
  std::string log() const;

  /// Waits until a line of its log contains all of `parts`; answers the line,
  /// or nothing after `timeout`.
  std::optional<std::string> wait_for_log(const std::vector<std::string>& parts,
                                          std::chrono::milliseconds timeout
                                          = std::chrono::seconds{10});

  /// Sends SIGTERM, which asks it to drain.
  void ask_to_end() const;

  /// Waits for its end and answers its exit code, 128 + N if signal N ended it,
  /// 99 if a sanitizer did, -1 if it has not ended after `timeout`.
  int wait_for_end(std::chrono::milliseconds timeout
                   = std::chrono::seconds{20});

  /// Both.
  int terminate();

  /// User and system time it has used.
  std::chrono::nanoseconds cpu_time() const;

  /// Memory it has resident.
  std::size_t resident_bytes() const;

  /// Files and sockets it has open.
  std::size_t open_files() const;

private:
  [[noreturn]] void execute(char* const* words, char* const* environment,
                            const limits& bounds, pid_t parent) const;

  bool has_ended();

  pid_t id_ = -1;
  /// Our end of the pipe, and the program's until it has been started.
  int input_ = -1;
  int its_input_ = -1;
  int output_ = -1;
  int log_ = -1;
  std::optional<int> exit_code_;
};

} // namespace troupe::test
