#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"

namespace work {

/// Event: the sleep is over.
struct woken {};

/// Threads that block, so that no worker has to: a stand-in for files and
/// database clients. Any thread may call `sleep`, the owner the rest.
class sleepers {
public:
  sleepers() = default;

  sleepers(const sleepers&) = delete;
  sleepers& operator=(const sleepers&) = delete;

  ~sleepers() {
    stop();
  }

  void start(std::size_t threads);

  /// Has a thread sleep for `time`, as soon as one is free, and then send
  /// `woken` to `who`. Answers false if `waiting_sleeps_max` wait already, or
  /// the threads have been stopped.
  bool sleep(std::chrono::microseconds time, caf::actor who);

  /// Wakes nobody any more, and waits for the threads.
  void stop();

private:
  struct order {
    std::chrono::microseconds time;
    caf::actor who;
  };

  void run();

  std::mutex mutex_;
  std::condition_variable ordered_;
  std::condition_variable stopped_;
  /// These two are guarded by `mutex_`.
  std::deque<order> orders_;
  bool has_stopped_ = false;

  std::vector<std::thread> threads_;
};

} // namespace work

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(work::woken)
