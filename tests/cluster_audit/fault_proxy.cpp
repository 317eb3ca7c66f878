#include "troupe/tests/cluster_audit/fault_proxy.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace troupe::test {

using std::chrono::milliseconds;

fault_proxy::fault_proxy(event_loop& loop, int listener, address target,
                         std::uint64_t seed)
  : loop_(loop),
    listener_(listener),
    listener_id_(loop.watch(listener, [this](auto) { accept_all(); })),
    target_(std::move(target)),
    random_(seed) {
  loop_.want(listener_id_, EPOLLIN);
}

fault_proxy::~fault_proxy() {
  reset();
  loop_.forget(listener_id_);
  close(listener_);
}

void fault_proxy::set(const wire_condition& condition) {
  condition_ = condition;
  auto is_cut = condition.is_cut_to || condition.is_cut_from;
  loop_.want(listener_id_, is_cut ? std::uint32_t{0} : std::uint32_t{EPOLLIN});
  std::vector<route_id> all;
  for (auto& x : routes_)
    all.push_back(x.first);
  for (auto id : all)
    go_on(id);
}

void fault_proxy::reset() {
  while (!routes_.empty())
    end(routes_.begin()->first, true);
}

void fault_proxy::accept_all() {
  for (;;) {
    auto socket = accept4(listener_, nullptr, nullptr,
                          SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0)
      return;
    auto other = start_connecting(target_);
    if (other < 0) {
      reset_socket(socket);
      continue;
    }
    auto id = ++last_route_;
    auto& x = routes_[id];
    x.dialer.socket = socket;
    x.dialer.id = loop_.watch(socket, [this, id](auto events) {
      handle(id, true, events);
    });
    x.target.socket = other;
    x.target.id = loop_.watch(other, [this, id](auto events) {
      handle(id, false, events);
    });
    update(x);
  }
}

void fault_proxy::handle(route_id id, bool is_dialer, std::uint32_t events) {
  auto i = routes_.find(id);
  if (i == routes_.end())
    return;
  auto& x = i->second;
  if ((events & EPOLLERR) != 0)
    return end(id, true);
  if (!is_dialer && (events & EPOLLOUT) != 0)
    x.is_connected = true;
  auto& from = is_dialer ? x.dialer : x.target;
  if ((events & (EPOLLIN | EPOLLHUP)) != 0 && !from.incoming.has_ended
      && !is_cut_from(x, from) && !read(from))
    return end(id, true);
  go_on(id);
}

bool fault_proxy::read(side& from) {
  auto& in = from.incoming;
  std::array<char, 64 * 1024> buffer;
  while (in.bytes < queue_bytes_max) {
    auto count = ::read(from.socket, buffer.data(), buffer.size());
    if (count < 0)
      return errno == EAGAIN;
    if (count == 0) {
      in.has_ended = true;
      return true;
    }
    auto size = static_cast<std::size_t>(count);
    if (std::exchange(is_corrupting_, false)) {
      auto bit = random_() % (size * 8);
      buffer[bit / 8] = static_cast<char>(buffer[bit / 8] ^ (1 << bit % 8));
    }
    auto jitter = random_()
                  % static_cast<std::uint64_t>(condition_.jitter.count() + 1);
    auto due = event_loop::clock::now() + condition_.delay
               + milliseconds{jitter};
    in.last_due = std::max(in.last_due, due);
    in.pieces.push_back({in.last_due, {buffer.data(), size}});
    in.bytes += size;
  }
  return true;
}

bool fault_proxy::write(route_id id, side& from, side& to, bool is_cut) {
  auto& in = from.incoming;
  auto now = event_loop::clock::now();
  while (!is_cut && !in.pieces.empty()) {
    auto& first = in.pieces.front();
    if (first.due > now) {
      if (!std::exchange(in.is_timer_set, true))
        loop_.call_at(first.due,
                      [this, id, &in, life = std::weak_ptr<bool>{life_}] {
                        if (life.expired() || !routes_.contains(id))
                          return;
                        in.is_timer_set = false;
                        go_on(id);
                      });
      return true;
    }
    auto count = send(to.socket, first.bytes.data(), first.bytes.size(),
                      MSG_NOSIGNAL);
    if (count < 0)
      return errno == EAGAIN;
    auto size = static_cast<std::size_t>(count);
    in.bytes -= size;
    first.bytes.erase(0, size);
    if (first.bytes.empty())
      in.pieces.pop_front();
  }
  if (!is_cut && in.has_ended && in.pieces.empty()
      && !std::exchange(in.is_end_passed_on, true))
    shutdown(to.socket, SHUT_WR);
  return true;
}

void fault_proxy::go_on(route_id id) {
  auto& x = routes_.at(id);
  if (x.is_connected
      && (!write(id, x.dialer, x.target, is_cut_from(x, x.dialer))
          || !write(id, x.target, x.dialer, is_cut_from(x, x.target))))
    return end(id, true);
  if (x.dialer.incoming.is_end_passed_on && x.target.incoming.is_end_passed_on)
    return end(id, false);
  update(x);
}

void fault_proxy::update(route& x) {
  auto now = event_loop::clock::now();
  auto wanted = [&](const side& here, const side& there) {
    std::uint32_t result = 0;
    auto& in = here.incoming;
    auto& out = there.incoming;
    if (!in.has_ended && in.bytes < queue_bytes_max && !is_cut_from(x, here))
      result |= EPOLLIN;
    if (!out.pieces.empty() && out.pieces.front().due <= now
        && !is_cut_from(x, there))
      result |= EPOLLOUT;
    return result;
  };
  loop_.want(x.dialer.id,
             x.is_connected ? wanted(x.dialer, x.target) : std::uint32_t{0});
  loop_.want(x.target.id, x.is_connected ? wanted(x.target, x.dialer)
                                         : std::uint32_t{EPOLLOUT});
}

void fault_proxy::end(route_id id, bool is_reset) {
  auto i = routes_.find(id);
  for (auto* x : {&i->second.dialer, &i->second.target}) {
    loop_.forget(x->id);
    if (is_reset)
      reset_socket(x->socket);
    else
      close(x->socket);
  }
  routes_.erase(i);
}

bool fault_proxy::is_cut_from(const route& x, const side& y) const noexcept {
  return &y == &x.dialer ? condition_.is_cut_to : condition_.is_cut_from;
}

} // namespace troupe::test
