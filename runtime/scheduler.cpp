#include "troupe/runtime/scheduler.hpp"

#include <algorithm>
#include <barrier>
#include <csignal>
#include <pthread.h>

#include "caf/actor_system.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"

#include "troupe/runtime/asio_poller.hpp"
#include "troupe/runtime/bound_actor.hpp"
#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/check.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/tcp_transport.hpp"
#include "troupe/runtime/tsc_clock.hpp"

namespace troupe {

namespace {

worker_seams make_asio_seams(std::size_t) {
  worker_seams result;
  result.time = std::make_unique<tsc_clock>();
  auto sockets = std::make_shared<readiness_set>();
  result.events = make_asio_poller(sockets);
  result.sockets = make_tcp_transport(sockets);
  return result;
}

std::size_t worker_count(const scheduler_options& options) {
  if (options.workers > 0)
    return options.workers;
  return std::max(1U, std::thread::hardware_concurrency());
}

std::unique_ptr<clock> make_helper_clock(const scheduler_options& options) {
  return options.has_threads ? std::make_unique<tsc_clock>() : nullptr;
}

/// Stands in for CAF's printer, which would be a thread of its own: what actors
/// print with `aout` becomes a line of the log.
class printing_actor final : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  caf::behavior make_behavior() override {
    return {
      [](caf::add_atom, caf::actor_id actor, std::string& text) {
        while (!text.empty() && text.back() == '\n')
          text.pop_back();
        log(log_level::info, "actor_output",
            {{"actor", std::to_string(actor)}, {"text", text}});
      },
      [](caf::flush_atom, caf::actor_id) {},
      [](caf::delete_atom, caf::actor_id) {},
      [](caf::redirect_atom, const std::string&, int) {},
      [](caf::redirect_atom, caf::actor_id, const std::string&, int) {},
    };
  }
};

} // namespace

/// CAF's one clock, which passes each timer to the worker that sets it.
class scheduler::timers final : public caf::actor_clock {
public:
  explicit timers(scheduler& parent) : parent_(parent) {
    // nop
  }

  time_point now() const noexcept override {
    auto* here = worker::current();
    auto& x = here != nullptr ? *here : parent_.at(0);
    return x.timeouts().now();
  }

  // All of an actor on one worker, wherever it runs: a stale timeout counts as
  // a message, so that with one on each of two workers, each would for ever
  // put off the other.
  void set_ordinary_timeout(time_point t, caf::abstract_actor* self,
                            caf::atom_value type, uint64_t id) override {
    auto& home = home_of(self);
    if (worker::current() == &home) {
      home.timeouts().set_ordinary_timeout(t, self, type, id);
      return;
    }
    caf::strong_actor_ptr alive{self->ctrl()};
    home.post([=](worker& x) {
      x.timeouts().set_ordinary_timeout(t, alive->get(), type, id);
    });
  }

  void set_multi_timeout(time_point t, caf::abstract_actor* self,
                         caf::atom_value type, uint64_t id) override {
    on_worker(self, [=](caf::actor_clock& x) {
      x.set_multi_timeout(t, self, type, id);
    });
  }

  void set_request_timeout(time_point t, caf::abstract_actor* self,
                           caf::message_id id) override {
    on_worker(self,
              [=](caf::actor_clock& x) { x.set_request_timeout(t, self, id); });
  }

  void cancel_ordinary_timeout(caf::abstract_actor* self,
                               caf::atom_value type) override {
    if (auto* here = worker::current())
      here->timeouts().cancel_ordinary_timeout(self, type);
  }

  void cancel_request_timeout(caf::abstract_actor* self,
                              caf::message_id id) override {
    if (auto* here = worker::current())
      here->timeouts().cancel_request_timeout(self, id);
  }

  // Called when the actor ends. A timer that it set on another worker is left
  // to fire there and finds the mailbox closed.
  void cancel_timeouts(caf::abstract_actor* self) override {
    if (auto* here = worker::current())
      here->timeouts().cancel_timeouts(self);
  }

  void schedule_message(time_point t, caf::strong_actor_ptr receiver,
                        caf::mailbox_element_ptr content) override {
    auto due_ns = static_cast<std::uint64_t>(t.time_since_epoch().count());
    auto& nobody = parent_.resources().application();
    if (auto* here = worker::current()) {
      auto* payer = here->payer();
      here->delayed_messages().add(due_ns, std::move(receiver),
                                   std::move(content),
                                   payer != nullptr ? payer : nobody);
      return;
    }
    auto kept = std::make_shared<caf::mailbox_element_ptr>(std::move(content));
    parent_.at(0).post([=](worker& x) {
      x.delayed_messages().add(due_ns, receiver, std::move(*kept), nobody);
    });
  }

  void schedule_message(time_point t, caf::group target,
                        caf::strong_actor_ptr sender,
                        caf::message content) override {
    parent_.any_worker().post([=](worker& x) {
      x.timeouts().schedule_message(t, target, sender, content);
    });
  }

  void cancel_all() override {
    for (auto& x : parent_.workers_)
      x->post([](worker& y) {
        y.timeouts().cancel_all();
        y.delayed_messages().clear();
      });
  }

private:
  /// Where the timeouts of `self` are.
  worker& home_of(caf::abstract_actor* self) {
    if (auto* x = dynamic_cast<bound_actor*>(self))
      return x->home();
    return parent_.at(self->id() % parent_.workers());
  }

  template <class F>
  void on_worker(caf::abstract_actor* self, F f) {
    if (auto* here = worker::current()) {
      f(here->timeouts());
      return;
    }
    caf::strong_actor_ptr alive{self->ctrl()};
    parent_.at(0).post([f, alive](worker& x) { f(x.timeouts()); });
  }

  scheduler& parent_;
};

/// The rounds that all workers take together at a stop, each waiting for the
/// others: what one of them sends to another still arrives.
class scheduler::last_rounds {
public:
  explicit last_rounds(scheduler& parent)
    : parent_(parent),
      all_(static_cast<std::ptrdiff_t>(parent.workers()), round_end{*this}) {
    // nop
  }

  /// Waits until each worker has called it. Answers whether there is another
  /// round: not if no worker has done anything, or all have done enough.
  bool next(bool has_run) {
    if (has_run)
      any_has_run_ = true;
    all_.arrive_and_wait();
    return !are_over_;
  }

private:
  /// Runs while all wait.
  struct round_end {
    last_rounds& rounds;

    void operator()() noexcept {
      rounds.are_over_ = ++rounds.count_ == limits::stop_rounds_max
                         || (!rounds.any_has_run_.exchange(false)
                             && !rounds.parent_.is_busy());
    }
  };

  scheduler& parent_;
  std::barrier<round_end> all_;
  std::atomic<bool> any_has_run_{false};
  std::size_t count_ = 0;
  bool are_over_ = false;
};

scheduler::scheduler(caf::actor_system& system, scheduler_options options)
  : abstract_coordinator(system),
    options_(std::move(options)),
    resources_(worker_count(options_)),
    timers_(std::make_unique<timers>(*this)),
    helpers_(*this, options_.helpers, make_helper_clock(options_)) {
  if (!options_.seams)
    options_.seams = make_asio_seams;
  resources_.on_change([this](resource_container& x) {
    if (x.is_destroyed())
      log(log_level::warning, "resource_container_destroyed",
          {{"resource_container", x.path()},
           {"reason", x.destroyed_because()}});
    resource_container_ptr alive{&x};
    for (auto& y : workers_)
      y->post([alive](worker& here) { here.apply_changes(*alive); });
    helpers_.apply_changes(x);
  });
}

scheduler::~scheduler() = default;

void scheduler::load(caf::actor_system_config& config,
                     scheduler_options options) {
  config.module_factories.emplace_back(
    [options](caf::actor_system& system) -> caf::actor_system::module* {
      return new scheduler(system, options);
    });
}

scheduler& scheduler::of(caf::actor_system& system) {
  auto* result = dynamic_cast<scheduler*>(&system.scheduler());
  TROUPE_CHECK(result != nullptr,
               "The actor system was not built with troupe's scheduler.");
  return *result;
}

worker& scheduler::next_worker() noexcept {
  return *workers_[next_.fetch_add(1, std::memory_order_relaxed)
                   % workers_.size()];
}

worker& scheduler::any_worker() noexcept {
  auto* here = worker::current();
  return here != nullptr ? *here : next_worker();
}

void scheduler::enqueue(caf::resumable* job) {
  any_worker().exec_later(job);
}

caf::actor_clock& scheduler::clock() noexcept {
  return *timers_;
}

void scheduler::start() {
  num_workers_ = resources_.workers();
  for (std::size_t i = 0; i < num_workers_; ++i)
    workers_.push_back(std::make_unique<worker>(*this, i, options_.seams(i)));
  for (auto& x : workers_)
    x->sockets_owner(make_broker(*x));
  utility_actors_[printer_id]
    = system().spawn<printing_actor, caf::hidden + caf::lazy_init>();
  if (!options_.has_threads)
    return;
  last_rounds_ = std::make_unique<last_rounds>(*this);
  // Signals are the main thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (auto& x : workers_)
    threads_.emplace_back([this, &x] { run(*x); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void scheduler::run(worker& x) {
  auto name = "worker " + std::to_string(x.index());
  pthread_setname_np(pthread_self(), name.c_str());
  system().thread_started();
  while (!is_stopping_.load(std::memory_order_relaxed))
    x.run_round(true);
  close(x);
  while (last_rounds_->next(x.run_round(false)))
    ; // nop
  x.publish();
  system().thread_terminates();
}

/// Ends the connections. Their actors have to come to their ends: what is left
/// half-way would hold on to itself.
void scheduler::close(worker& x) {
  x.lift_limits();
  x.sockets_owner().close_all();
}

/// Only while no worker runs.
bool scheduler::is_busy() const noexcept {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](auto& x) { return x->is_busy(); });
}

/// The same without threads.
void scheduler::wind_up() {
  for (auto& x : workers_)
    close(*x);
  for (std::size_t n = 0; n < limits::stop_rounds_max; ++n) {
    auto has_run = false;
    for (auto& x : workers_)
      has_run = x->run_round(false) || has_run;
    if (!has_run && !is_busy())
      break;
  }
}

void scheduler::stop() {
  // The handle stays: each actor that has printed tells the printer its end.
  caf::anon_send_exit(utility_actors_[printer_id],
                      caf::exit_reason::user_shutdown);
  helpers_.stop();
  is_stopping_ = true;
  for (auto& x : workers_)
    x->post([](worker&) {});
  for (auto& x : threads_)
    x.join();
  threads_.clear();
  if (!options_.has_threads)
    wind_up();
  do {
    for (auto& x : workers_)
      x->clear();
  } while (is_busy());
}

} // namespace troupe
