#include "troupe/tests/support/sim_system.hpp"

#include <algorithm>

#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/check.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe::test {

sim_system::sim_system(std::size_t workers, const sim_options& options,
                       accounting_mode accounting)
  : world_(options) {
  auto make_seams = [this](std::size_t worker) {
    worker_seams result;
    result.time = world_.make_clock(worker);
    result.events = world_.make_poller(worker);
    result.sockets = world_.make_transport(worker);
    return result;
  };
  scheduler::load(config_, {workers, make_seams, false, accounting});
  actors_ = std::make_unique<caf::actor_system>(config_);
  actors_->await_actors_before_shutdown(false);
}

sim_system::~sim_system() {
  stop();
}

bool sim_system::run_round() {
  auto any = false;
  for (std::size_t i = 0; i < parent().workers(); ++i)
    any = at(i).run_round(false) || any;
  // What one of them has posted to another was not there before.
  for (std::size_t i = 0; i < parent().workers(); ++i)
    any = at(i).is_busy() || any;
  return any;
}

bool sim_system::run_until_idle(std::size_t rounds_max) {
  for (std::size_t n = 0; n < rounds_max; ++n)
    if (!run_round())
      return true;
  return false;
}

void sim_system::run_for(std::uint64_t ns) {
  for (auto end_ns = world_.now_ns() + ns; world_.now_ns() < end_ns;)
    if (!run_round())
      sleep_until(end_ns);
}

/// Until then, or until the next timer is due.
void sim_system::sleep_until(std::uint64_t end_ns) {
  auto due_ns = end_ns;
  for (std::size_t i = 0; i < parent().workers(); ++i)
    due_ns = std::min(due_ns, at(i).next_due_ns());
  world_.wait_until(due_ns);
  for (std::size_t i = 0; i < parent().workers(); ++i)
    at(i).run_round(true);
  world_.wait_until(0);
}

void sim_system::advance(std::uint64_t ms) {
  auto end_ns = world_.now_ns() + ms * 1'000'000;
  while (world_.now_ns() < end_ns) {
    TROUPE_CHECK(run_until_idle(), "The simulation comes to rest.");
    sleep_until(end_ns);
  }
  run_until_idle();
}

void sim_system::on_worker(std::size_t index, std::function<void(worker&)> f) {
  at(index).post(std::move(f));
  run_until_idle();
}

void sim_system::drain() {
  for (std::size_t i = 0; i < parent().workers(); ++i)
    at(i).post([](worker& x) { x.sockets_owner().drain(); });
  run_until_idle();
}

resource_usage sim_system::usage() {
  return usage(*resources().root());
}

resource_usage sim_system::usage(const resource_container& x) {
  publish();
  return x.usage();
}

resource_container_ptr sim_system::find(std::string_view name) {
  resource_container_ptr result;
  resources().for_each([&](resource_container& x) {
    if (x.name() == name)
      result = &x;
  });
  TROUPE_CHECK(result != nullptr, "There is one of that name.");
  return result;
}

std::uint64_t sim_system::cpu_ns() {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < parent().workers(); ++i)
    result += at(i).time().thread_cpu_ns();
  return result;
}

void sim_system::stop() {
  actors_ = nullptr;
}

void sim_system::publish() {
  for (std::size_t i = 0; i < parent().workers(); ++i)
    at(i).publish();
}

} // namespace troupe::test
