#include "troupe/tests/cluster_audit/event_loop.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace troupe::test {

using std::chrono::milliseconds;

event_loop::event_loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0)
    throw std::system_error{errno, std::system_category(), "epoll"};
}

event_loop::~event_loop() {
  close(epoll_);
}

event_loop::id_type
event_loop::watch(int socket, std::function<void(std::uint32_t)> on_ready) {
  watched_[++last_id_] = {socket, 0, std::move(on_ready)};
  return last_id_;
}

void event_loop::want(id_type id, std::uint32_t events) {
  auto& x = watched_.at(id);
  if (x.events == events)
    return;
  auto operation = x.events == 0 ? EPOLL_CTL_ADD
                   : events == 0 ? EPOLL_CTL_DEL
                                 : EPOLL_CTL_MOD;
  x.events = events;
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  if (epoll_ctl(epoll_, operation, x.socket, &event) != 0)
    throw std::system_error{errno, std::system_category(), "epoll_ctl"};
}

void event_loop::forget(id_type id) {
  want(id, 0);
  watched_.erase(id);
}

void event_loop::call_at(time_point when, std::function<void()> what) {
  timers_.emplace(when, std::move(what));
}

void event_loop::run_once(milliseconds timeout) {
  if (!timers_.empty()) {
    auto until
      = std::chrono::ceil<milliseconds>(timers_.begin()->first - clock::now());
    timeout = std::clamp(until, milliseconds{0}, timeout);
  }
  std::array<epoll_event, 256> events;
  auto count = epoll_wait(epoll_, events.data(),
                          static_cast<int>(events.size()),
                          static_cast<int>(timeout.count()));
  for (int i = 0; i < count; ++i) {
    auto& event = events[static_cast<std::size_t>(i)];
    // Packed, so it cannot be referred to.
    id_type id = event.data.u64;
    auto x = watched_.find(id);
    if (x == watched_.end() || x->second.events == 0)
      continue;
    // It may forget itself.
    auto on_ready = x->second.on_ready;
    on_ready(event.events);
  }
  auto now = clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto what = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    what();
  }
}

void event_loop::run_for(milliseconds duration) {
  auto end = clock::now() + duration;
  for (auto now = clock::now(); now < end; now = clock::now())
    run_once(std::chrono::ceil<milliseconds>(end - now));
}

} // namespace troupe::test
