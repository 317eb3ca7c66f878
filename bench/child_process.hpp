#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "troupe/bench/process_usage.hpp"

namespace troupe::bench {

/// A program that runs on one core while this object lives, or shorter. Its
/// standard output is read here, its standard error is ours. One thread only.
class child_process {
public:
  /// Throws `std::runtime_error` if no process can be made; a program that
  /// cannot be executed ends with status 127.
  child_process(const std::vector<std::string>& command, int core) {
    std::vector<char*> arguments;
    for (auto& argument : command)
      arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw std::runtime_error{"no pipe"};
    auto parent = getpid();
    id_ = fork();
    if (id_ == 0)
      execute(arguments, ends[1], core, parent);
    close(ends[1]);
    output_ = ends[0];
    if (id_ < 0) {
      close(output_);
      throw std::runtime_error{"no process"};
    }
  }

  child_process(const child_process&) = delete;

  child_process& operator=(const child_process&) = delete;

  ~child_process() {
    if (!ended_) {
      kill(id_, SIGKILL);
      wait_until_end(true);
    }
    close(output_);
  }

  pid_t id() const noexcept {
    return id_;
  }

  /// The next line of its output, without the end of line. Nothing if the
  /// output ends or `timeout_seconds` pass before.
  std::optional<std::string> read_line(double timeout_seconds) {
    auto deadline = now_ns() + static_cast<std::int64_t>(timeout_seconds * 1e9);
    for (;;) {
      if (auto end = unread_.find('\n'); end != unread_.npos) {
        auto line = unread_.substr(0, end);
        unread_.erase(0, end + 1);
        return line;
      }
      auto left_ms = (deadline - now_ns()) / 1'000'000;
      pollfd readable{output_, POLLIN, 0};
      if (left_ms <= 0 || poll(&readable, 1, static_cast<int>(left_ms)) <= 0)
        return std::nullopt;
      char bytes[4096];
      auto count = read(output_, bytes, sizeof bytes);
      if (count <= 0)
        return std::nullopt;
      unread_.append(bytes, static_cast<std::size_t>(count));
    }
  }

  /// Waits for its end. Returns whether it came in time and with status 0.
  bool ended_well(double timeout_seconds) {
    auto deadline = now_ns() + static_cast<std::int64_t>(timeout_seconds * 1e9);
    while (!wait_until_end(false) && now_ns() < deadline)
      usleep(2000);
    return ended_ && WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
  }

  /// Asks it to end. Returns whether it did, within 5 s and with status 0.
  bool terminate() {
    if (!ended_)
      kill(id_, SIGTERM);
    return ended_well(5);
  }

private:
  static std::int64_t now_ns() noexcept {
    return read_clock_ns(CLOCK_MONOTONIC);
  }

  [[noreturn]] static void execute(const std::vector<char*>& arguments,
                                   int output, int core, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(127);
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<unsigned>(core), &cores);
    dup2(output, STDOUT_FILENO);
    if (sched_setaffinity(0, sizeof cores, &cores) == 0)
      execv(arguments[0], arguments.data());
    std::perror(arguments[0]);
    _exit(127);
  }

  bool wait_until_end(bool block) {
    if (!ended_)
      ended_ = waitpid(id_, &status_, block ? 0 : WNOHANG) == id_;
    return ended_;
  }

  pid_t id_ = -1;
  int output_ = -1;
  int status_ = 0;
  bool ended_ = false;
  std::string unread_;
};

} // namespace troupe::bench
