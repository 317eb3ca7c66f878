#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>

namespace troupe::test {

/// Calls back when a socket is ready or a time has come. What it calls may
/// watch, forget and destroy whatever it likes. One thread only.
class event_loop {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;
  using id_type = std::uint64_t;

  event_loop();

  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  ~event_loop();

  /// Calls `on_ready` with what epoll says of `socket`; the caller keeps that
  /// open until `forget`. Asks for nothing yet.
  id_type watch(int socket, std::function<void(std::uint32_t)> on_ready);

  /// What to wait for, as epoll names it. While that is 0 nothing is reported,
  /// not even an error.
  void want(id_type id, std::uint32_t events);

  void forget(id_type id);

  void call_at(time_point when, std::function<void()> what);

  /// Waits for at most `timeout`, and makes the calls that are due.
  void run_once(std::chrono::milliseconds timeout);

  /// Makes calls until then.
  void run_for(std::chrono::milliseconds duration);

private:
  struct watched {
    int socket = -1;
    std::uint32_t events = 0;
    std::function<void(std::uint32_t)> on_ready;
  };

  int epoll_;
  id_type last_id_ = 0;
  std::unordered_map<id_type, watched> watched_;
  std::multimap<time_point, std::function<void()>> timers_;
};

} // namespace troupe::test
