#include "troupe/tests/cluster_audit/node_process.hpp"

#include <signal.h>

#include <chrono>
#include <fstream>
#include <utility>

namespace troupe::test {

node_process::node_process(std::string name, std::string program,
                           std::vector<std::string> arguments,
                           std::filesystem::path log)
  : name_(std::move(name)),
    program_(std::move(program)),
    arguments_(std::move(arguments)),
    log_(std::move(log)) {
  // nop
}

void node_process::start() {
  exit_code_ = -1;
  ++lives_;
  process_.emplace(program_, arguments_);
  is_wanted_ = true;
}

bool node_process::is_alive() {
  if (!process_)
    return false;
  exit_code_ = process_->wait_for_end(std::chrono::milliseconds{0});
  if (exit_code_ < 0)
    return true;
  keep_log();
  process_.reset();
  return false;
}

bool node_process::is_listening() const {
  return process_
         && process_->output().find("listening on ") != std::string::npos;
}

void node_process::kill() {
  is_wanted_ = false;
  if (!is_alive())
    return;
  ::kill(process_->id(), SIGKILL);
  exit_code_ = process_->wait_for_end();
  keep_log();
  process_.reset();
}

void node_process::pause() {
  if (is_alive())
    ::kill(process_->id(), SIGSTOP);
}

void node_process::resume() {
  if (is_alive())
    ::kill(process_->id(), SIGCONT);
}

void node_process::ask_to_end() {
  is_wanted_ = false;
  if (is_alive())
    process_->ask_to_end();
}

void node_process::keep_log() {
  auto text = process_->log();
  auto begin = text.size() < 2 ? text.npos : text.rfind('\n', text.size() - 2);
  last_words_ = begin == text.npos ? text : text.substr(begin + 1);
  std::ofstream file{log_, std::ios::app};
  file << "--- life " << lives_ << " of " << name_ << ", ended with "
       << exit_code_ << '\n'
       << process_->output() << text;
}

} // namespace troupe::test
