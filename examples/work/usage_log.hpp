#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "troupe/runtime/resource_container.hpp"
#include "troupe/runtime/scheduler.hpp"

namespace work {

/// Writes what resource containers have used to a file, as CSV and more often
/// than the ledger is published by itself: for each reading the milliseconds
/// since the first one, a name, and the CPU time in ns until then. `process` is
/// what the operating system says, `ledger` the sum of what is charged, and
/// `reading` what the readings have taken: they have a thread of their own,
/// which is no worker. All calls are the owner's.
class usage_log {
public:
  usage_log() = default;

  usage_log(const usage_log&) = delete;
  usage_log& operator=(const usage_log&) = delete;

  ~usage_log() {
    stop();
  }

  /// Begins to read every `interval`; `parent` must live until `stop`. Answers
  /// whether `file` can be written.
  bool start(troupe::scheduler& parent, const std::string& file,
             std::chrono::milliseconds interval);

  /// To be called before `start`.
  void add(std::string name, troupe::resource_container_ptr what) {
    entries_.push_back({std::move(name), std::move(what)});
  }

  /// Waits for the thread.
  void stop();

private:
  struct entry {
    std::string name;
    troupe::resource_container_ptr what;
  };

  void run(troupe::scheduler& parent, std::chrono::milliseconds interval);

  std::vector<entry> entries_;
  std::FILE* file_ = nullptr;
  std::mutex mutex_;
  std::condition_variable stopped_;
  /// Guarded by `mutex_`.
  bool has_stopped_ = false;
  std::thread thread_;
};

} // namespace work
