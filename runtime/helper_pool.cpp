#include "troupe/runtime/helper_pool.hpp"

#include <csignal>
#include <pthread.h>
#include <string>

#include "caf/actor_system.hpp"

#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

blocking_job_ptr as_blocking(const waiting_job_ptr& x) {
  return {static_cast<blocking_job*>(x.get())};
}

/// Fails `job` where it has come from.
void fail(const blocking_job_ptr& job, const caf::error& why) {
  job->home().post([job, why](worker&) {
    job->fail(why);
    job->answer();
  });
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

} // namespace

helper_pool::helper_pool(scheduler& parent, std::size_t threads,
                         std::unique_ptr<clock> time)
  : parent_(parent),
    threads_max_(threads),
    time_(std::move(time)),
    queue_(limits::jobs_waiting_max, limits::jobs_waiting_each_max) {
  // nop
}

helper_pool::~helper_pool() {
  stop();
}

void helper_pool::submit(blocking_job_ptr x) {
  job_queue::overflow refused;
  caf::error why;
  {
    std::scoped_lock guard{mutex_};
    if (is_stopping_)
      why = make_error(errc::draining);
    else if (x->payer()->is_destroyed())
      why = make_error(errc::destroyed, x->payer()->destroyed_because());
    else {
      refused = queue_.push({x.get()});
      start_thread_if_needed();
    }
  }
  if (why) {
    fail(x, why);
    return;
  }
  if (refused.job != nullptr)
    refuse(std::move(refused));
  if (time_ != nullptr)
    changed_.notify_one();
  else
    x->home().post([this](worker& here) { run_waiting(here); });
}

/// Under the mutex.
void helper_pool::start_thread_if_needed() {
  if (time_ != nullptr && queue_.waiting() > idle_
      && threads_.size() < threads_max_)
    threads_.emplace_back([this] { run(); });
}

void helper_pool::refuse(job_queue::overflow what) {
  auto job = as_blocking(what.job);
  auto limit = std::string{what.bound} + ' ' + std::to_string(what.max);
  job->home().post([job, limit](worker& here) {
    auto& payer = *job->payer();
    if (here.count_drop(payer))
      log(log_level::warning, "job_dropped",
          {{"resource_container", payer.path()},
           {"reason", to_string(errc::helpers_full)},
           {"limit", limit}});
    job->fail(make_error(errc::helpers_full, limit + " of " + payer.path()));
    job->answer();
  });
}

void helper_pool::apply_changes(resource_container& x) {
  std::vector<waiting_job_ptr> dropped;
  {
    std::scoped_lock guard{mutex_};
    if (queue_.waiting() == 0)
      return;
    if (x.is_destroyed())
      dropped = queue_.take_destroyed();
  }
  for (auto& job : dropped)
    fail(as_blocking(job),
         make_error(errc::destroyed, job->payer()->destroyed_because()));
  if (time_ != nullptr)
    changed_.notify_all();
  else
    parent_.any_worker().post([this](worker& here) { run_waiting(here); });
}

void helper_pool::stop() {
  std::vector<waiting_job_ptr> dropped;
  {
    std::scoped_lock guard{mutex_};
    is_stopping_ = true;
    dropped = queue_.take_all();
  }
  for (auto& job : dropped)
    fail(as_blocking(job), make_error(errc::draining));
  changed_.notify_all();
  for (auto& x : threads_)
    x.join();
  threads_.clear();
}

void helper_pool::run() {
  block_signals();
  pthread_setname_np(pthread_self(), "helper");
  auto& system = parent_.system();
  system.thread_started();
  auto& own_payer = parent_.resources().helpers();
  std::uint64_t charged_ns = 0;
  // What has passed since the last job is waiting and waking.
  auto rest_ns = [&](std::uint64_t now_ns) {
    return now_ns - std::exchange(charged_ns, now_ns);
  };
  std::unique_lock lock{mutex_};
  for (;;) {
    waiting_job_ptr next;
    ++idle_;
    changed_.wait(lock, [&] {
      return is_stopping_ || (next = queue_.pick()) != nullptr;
    });
    --idle_;
    if (next == nullptr)
      break;
    lock.unlock();
    auto own_ns = rest_ns(time_->thread_cpu_ns());
    as_blocking(next)->run();
    auto job_ns = rest_ns(time_->thread_cpu_ns());
    lock.lock();
    queue_.finished(*next->payer());
    lock.unlock();
    auto& home = as_blocking(next)->home();
    home.post([job = as_blocking(std::exchange(next, nullptr)), job_ns, own_ns,
               &own_payer](worker& here) {
      here.charge_elsewhere(*own_payer, own_ns);
      here.charge_elsewhere(*job->payer(), job_ns);
      job->answer();
    });
    lock.lock();
  }
  lock.unlock();
  auto own_ns = rest_ns(time_->thread_cpu_ns());
  parent_.at(0).post([own_ns, &own_payer](worker& here) {
    here.charge_elsewhere(*own_payer, own_ns);
  });
  system.thread_terminates();
}

void helper_pool::run_waiting(worker& here) {
  for (;;) {
    waiting_job_ptr next;
    {
      std::scoped_lock guard{mutex_};
      next = queue_.pick();
    }
    if (next == nullptr)
      return;
    auto job = as_blocking(next);
    auto begin_ns = here.time().thread_cpu_ns();
    job->run();
    here.charge_between_turns(*job->payer(),
                              here.time().thread_cpu_ns() - begin_ns);
    {
      std::scoped_lock guard{mutex_};
      queue_.finished(*next->payer());
    }
    job->home().post([job](worker&) { job->answer(); });
  }
}

} // namespace troupe
