#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "troupe/runtime/blocking_job.hpp"
#include "troupe/runtime/clock.hpp"
#include "troupe/runtime/job_queue.hpp"

namespace troupe {

class scheduler;

/// Threads that block, so that no worker has to: for files, name lookups and
/// database clients.
///
/// A thread is started when a job finds all others busy. What a job costs in
/// CPU time counts, on the worker of who asked, for whoever pays; what the
/// threads cost beyond that is charged to `system/helpers`. Without threads
/// (the simulation) a job runs on the worker of who asked, at the begin of its
/// next round.
///
/// Any thread may call it; its state is guarded by its mutex.
class helper_pool {
public:
  /// Up to `threads`, at least one, in which `time` tells the CPU time; none at
  /// all if `time` is null.
  helper_pool(scheduler& parent, std::size_t threads,
              std::unique_ptr<clock> time);

  helper_pool(const helper_pool&) = delete;
  helper_pool& operator=(const helper_pool&) = delete;

  ~helper_pool();

  /// Has `x` run as soon as it is its turn. If there is no room for all that
  /// waits, one job is answered with `errc::helpers_full`.
  void submit(blocking_job_ptr x);

  /// Takes up that `x` is frozen, thawed or destroyed.
  void apply_changes(resource_container& x);

  /// Answers what waits with `errc::draining`, and waits for what runs: a call
  /// that blocks cannot be interrupted. To be called before the workers end.
  void stop();

private:
  void run();
  void run_waiting(worker& here);
  void start_thread_if_needed();
  void refuse(job_queue::overflow what);

  scheduler& parent_;
  const std::size_t threads_max_;
  const std::unique_ptr<clock> time_;
  std::mutex mutex_;
  std::condition_variable changed_;
  job_queue queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool is_stopping_ = false;
};

} // namespace troupe
