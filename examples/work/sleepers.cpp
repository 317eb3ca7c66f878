#include "troupe/examples/work/sleepers.hpp"

#include <utility>

#include "caf/send.hpp"

#include "troupe/examples/work/limits.hpp"

namespace work {

void sleepers::start(std::size_t threads) {
  while (threads_.size() < threads)
    threads_.emplace_back([this] { run(); });
}

bool sleepers::sleep(std::chrono::microseconds time, caf::actor who) {
  {
    std::lock_guard lock{mutex_};
    if (has_stopped_ || orders_.size() >= limits::waiting_sleeps_max)
      return false;
    orders_.push_back({time, std::move(who)});
  }
  ordered_.notify_one();
  return true;
}

void sleepers::stop() {
  {
    std::lock_guard lock{mutex_};
    has_stopped_ = true;
    orders_.clear();
  }
  ordered_.notify_all();
  stopped_.notify_all();
  for (auto& x : threads_)
    x.join();
  threads_.clear();
}

void sleepers::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    ordered_.wait(lock, [this] { return has_stopped_ || !orders_.empty(); });
    if (has_stopped_)
      return;
    auto next = std::move(orders_.front());
    orders_.pop_front();
    if (stopped_.wait_for(lock, next.time, [this] { return has_stopped_; }))
      return;
    lock.unlock();
    caf::anon_send(std::exchange(next.who, nullptr), woken{});
    lock.lock();
  }
}

} // namespace work
