#include "troupe/runtime/readiness_set.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

#include "troupe/runtime/limits.hpp"

namespace troupe {

namespace {

/// A generation that no socket reaches.
constexpr std::uint64_t loop_mark = std::uint64_t{UINT32_MAX} << 32;

} // namespace

readiness_set::readiness_set() : native_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (native_ < 0)
    throw std::system_error(errno, std::system_category(), "epoll_create1");
}

readiness_set::~readiness_set() {
  for (auto& x : entries_)
    if (x.native >= 0)
      ::close(x.native);
  ::close(native_);
}

socket_handle readiness_set::add(int socket) {
  if (unused_.empty()) {
    entries_.emplace_back();
    unused_.push_back(static_cast<socket_handle>(entries_.size() - 1));
  }
  auto result = unused_.back();
  epoll_event edges{};
  edges.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  auto& x = entries_[index(result)];
  edges.data.u64 = std::uint64_t{x.generation} << 32 | index(result);
  if (::epoll_ctl(native_, EPOLL_CTL_ADD, socket, &edges) != 0)
    return socket_handle::none;
  unused_.pop_back();
  x.native = socket;
  return result;
}

void readiness_set::close(socket_handle socket) noexcept {
  auto& x = entries_[index(socket)];
  ::close(x.native);
  auto next = x.generation + 1;
  x = {};
  x.generation = next;
  unused_.push_back(socket);
}

void readiness_set::watch(socket_handle socket, readiness what,
                          std::uint64_t token) {
  auto& x = entries_[index(socket)].sides[side(what)];
  if (x.is_ready)
    due_.push_back({token, what});
  else
    x = {token, false, true};
}

bool readiness_set::watch_loop(int native, std::uint64_t token) {
  epoll_event readable{};
  readable.events = EPOLLIN;
  readable.data.u64 = loop_mark | loops_.size();
  if (::epoll_ctl(native_, EPOLL_CTL_ADD, native, &readable) != 0)
    return false;
  loops_.push_back(token);
  return true;
}

void readiness_set::forget_loop(int native) noexcept {
  ::epoll_ctl(native_, EPOLL_CTL_DEL, native, nullptr);
}

void readiness_set::collect(std::vector<socket_event>& ready) {
  ready.insert(ready.end(), due_.begin(), due_.end());
  due_.clear();
  std::array<epoll_event, limits::edges_per_poll_max> edges;
  auto count = ::epoll_wait(native_, edges.data(),
                            static_cast<int>(edges.size()), 0);
  for (auto i = 0; i < count; ++i) {
    auto& edge = edges[static_cast<std::size_t>(i)];
    if ((edge.data.u64 & loop_mark) == loop_mark) {
      ready.push_back(
        {loops_[edge.data.u64 & UINT32_MAX], readiness::readable});
      continue;
    }
    auto& x = entries_[edge.data.u64 & UINT32_MAX];
    // A process that was forked may still hold a socket we have closed.
    if (x.native < 0 || x.generation != edge.data.u64 >> 32)
      continue;
    auto signal = [&](readiness what) {
      auto& y = x.sides[side(what)];
      y.is_ready = true;
      if (std::exchange(y.is_watched, false))
        ready.push_back({y.token, what});
    };
    constexpr std::uint32_t stops = EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if ((edge.events & stops) != 0)
      x.may_stop_short = true;
    if ((edge.events & (EPOLLIN | stops)) != 0)
      signal(readiness::readable);
    if ((edge.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
      signal(readiness::writable);
  }
}

} // namespace troupe
