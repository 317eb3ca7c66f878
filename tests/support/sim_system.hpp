#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/sim_world.hpp"

namespace troupe::test {

/// An actor system on troupe's scheduler whose workers, network and time are
/// simulated: nothing happens but in the calls below, on the calling thread.
///
/// Between rounds the calling thread still counts as that of the worker that
/// ran last, so whoever cares where something starts uses `on_worker`.
class sim_system {
public:
  explicit sim_system(std::size_t workers = 1, const sim_options& options = {},
                      accounting_mode accounting = accounting_mode::everywhere);

  sim_system(const sim_system&) = delete;
  sim_system& operator=(const sim_system&) = delete;

  /// Stops without waiting for anybody.
  ~sim_system();

  caf::actor_system& actors() noexcept {
    return *actors_;
  }

  sim_world& world() noexcept {
    return world_;
  }

  scheduler& parent() noexcept {
    return scheduler::of(*actors_);
  }

  worker& at(std::size_t index) noexcept {
    return parent().at(index);
  }

  resource_tree& resources() noexcept {
    return parent().resources();
  }

  /// One round of each worker, which does not wait; answers whether any of them
  /// did something.
  bool run_round();

  /// Rounds until no worker has anything to do; answers false if that does not
  /// happen within `rounds_max`. Time passes by working only.
  bool run_until_idle(std::size_t rounds_max = 20'000);

  /// Rounds until `ns` have passed by working.
  void run_for(std::uint64_t ns);

  /// Lets `ms` pass, in which timers fire and whatever they cause is done.
  void advance(std::uint64_t ms);

  /// Runs `f` on a worker, between turns, and what it causes.
  void on_worker(std::size_t index, std::function<void(worker&)> f);

  /// Stops accepting and ends each connection when it is served.
  void drain();

  /// What everybody together has used, with all that has not been published.
  resource_usage usage();

  /// The same of one resource container and what is below it.
  resource_usage usage(const resource_container& x);

  /// The resource container of that name, of which there must be one.
  resource_container_ptr find(std::string_view name);

  /// CPU time of all workers since the start.
  std::uint64_t cpu_ns();

  /// Ends the actor system; only the world is left.
  void stop();

private:
  void sleep_until(std::uint64_t end_ns);

  void publish();

  sim_world world_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> actors_;
};

} // namespace troupe::test
