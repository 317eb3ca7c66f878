#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "troupe/actors/admin.pb.h"
#include "troupe/tools/top/node_look.hpp"

namespace troupe::top {

/// Looks at one node again and again, from a thread of its own, so that one
/// that is gone or hangs holds up no other. If the node cannot be reached it
/// tries again a second later. Its end waits for the answer under way, at most
/// 3 s.
class node_watch {
public:
  using seconds = std::chrono::duration<double>;

  /// At least 0.1 s are between two looks.
  node_watch(std::string path, admin::GetLedger which, seconds interval);

  /// What is known now. Any thread.
  node_look look() const;

  /// Waits until the node has answered twice, or cannot be reached. Any thread.
  node_look settled_look() const;

private:
  void run(const std::stop_token& stop);
  void watch(const std::stop_token& stop);
  bool wait(const std::stop_token& stop, seconds time) const;
  void learn(const admin::Ledger& before, const admin::Ledger& now);
  void miss(const std::string& why);

  const std::string path_;
  const admin::GetLedger which_;
  const seconds interval_;
  /// Guards what is below.
  mutable std::mutex mutex_;
  mutable std::condition_variable_any has_changed_;
  node_look look_;
  bool is_settled_ = false;
  /// Ends before the rest does.
  std::jthread thread_;
};

} // namespace troupe::top
