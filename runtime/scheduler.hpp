#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "caf/actor_system_config.hpp"
#include "caf/scheduler/abstract_coordinator.hpp"

#include "troupe/runtime/accounting_mode.hpp"
#include "troupe/runtime/helper_pool.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/placements.hpp"
#include "troupe/runtime/resource_tree.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

/// How the scheduler is built.
struct scheduler_options {
  /// 0 stands for one worker a core.
  std::size_t workers = 0;
  /// Makes the seams of each worker; empty stands for Asio and the real clock.
  std::function<worker_seams(std::size_t worker)> seams;
  /// Without threads the owner calls `worker::run_round` (the simulation).
  bool has_threads = true;
  /// The default is what all the rest of the documentation is about.
  accounting_mode accounting = accounting_mode::everywhere;
  /// Up to so many threads for `troupe::block`, at least one.
  std::size_t helpers = limits::helpers_default;
};

/// CAF's scheduler, made of workers that are event loops too. So every CAF
/// actor in the process is scheduled and charged by it.
class scheduler final : public caf::scheduler::abstract_coordinator {
public:
  scheduler(caf::actor_system& system, scheduler_options options);

  ~scheduler() override;

  /// Makes actor systems that are built with `config` use this scheduler.
  static void load(caf::actor_system_config& config,
                   scheduler_options options = {});

  /// The scheduler of `system`, which must have been loaded with it.
  static scheduler& of(caf::actor_system& system);

  resource_tree& resources() noexcept {
    return resources_;
  }

  placements& plain_actors() noexcept {
    return plain_actors_;
  }

  helper_pool& helpers() noexcept {
    return helpers_;
  }

  /// Whether the workers run by themselves.
  bool has_threads() const noexcept {
    return options_.has_threads;
  }

  accounting_mode accounting() const noexcept {
    return options_.accounting;
  }

  std::size_t workers() const noexcept {
    return workers_.size();
  }

  worker& at(std::size_t index) noexcept {
    return *workers_[index];
  }

  /// Workers in turn. Any thread.
  worker& next_worker() noexcept;

  /// The calling thread's worker, or the next one. Any thread.
  worker& any_worker() noexcept;

  void enqueue(caf::resumable* job) override;

  caf::actor_clock& clock() noexcept override;

protected:
  void start() override;

  void stop() override;

private:
  class timers;
  class last_rounds;

  void run(worker& x);
  void close(worker& x);
  bool is_busy() const noexcept;
  void wind_up();

  scheduler_options options_;
  resource_tree resources_;
  placements plain_actors_;
  std::unique_ptr<timers> timers_;
  std::vector<std::unique_ptr<worker>> workers_;
  helper_pool helpers_;
  std::unique_ptr<last_rounds> last_rounds_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> is_stopping_{false};
};

} // namespace troupe
