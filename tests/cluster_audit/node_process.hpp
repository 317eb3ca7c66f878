#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "troupe/tests/support/server_process.hpp"

namespace troupe::test {

/// A node of the cluster, which may end and be started again. No call but
/// `kill` waits. What it has printed goes to a file, all lives after each
/// other, whenever one of them ends.
class node_process {
public:
  node_process(std::string name, std::string program,
               std::vector<std::string> arguments, std::filesystem::path log);

  const std::string& name() const noexcept {
    return name_;
  }

  void start();

  /// It is running, or stopped.
  bool is_alive();

  /// It takes connections.
  bool is_listening() const;

  /// SIGKILL.
  void kill();

  /// SIGSTOP, and SIGCONT.
  void pause();
  void resume();

  /// SIGTERM.
  void ask_to_end();

  /// After it has ended by itself or because it was asked to; -1 before. As
  /// `server_process::wait_for_end`.
  int exit_code() const noexcept {
    return exit_code_;
  }

  /// The last line of its log, after it has ended.
  const std::string& last_words() const noexcept {
    return last_words_;
  }

  /// Whether nobody has ended it, or asked it to.
  bool is_wanted() const noexcept {
    return is_wanted_;
  }

private:
  void keep_log();

  std::string name_;
  std::string program_;
  std::vector<std::string> arguments_;
  std::filesystem::path log_;
  std::optional<server_process> process_;
  bool is_wanted_ = false;
  int exit_code_ = -1;
  int lives_ = 0;
  std::string last_words_;
};

} // namespace troupe::test
