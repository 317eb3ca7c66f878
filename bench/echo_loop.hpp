#pragma once

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <numeric>
#include <random>
#include <vector>

#include "troupe/bench/echo_connection.hpp"
#include "troupe/bench/echo_load_options.hpp"
#include "troupe/bench/latency_histogram.hpp"
#include "troupe/bench/load_window.hpp"
#include "troupe/bench/poisson_arrivals.hpp"
#include "troupe/bench/process_usage.hpp"
#include "troupe/bench/wait_for_events.hpp"

namespace troupe::bench {

/// One run of `echo_load` with connections that last: a closed loop, or an open
/// one if there is a rate. In an open one frames are due at random times
/// (Poisson), each on a connection chosen at random; latency counts from when a
/// frame was due, and one that has no room yet waits here.
class echo_loop {
public:
  explicit echo_loop(const echo_load_options& options)
    : options_(options),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      window_(options.server_process),
      arrivals_(std::max(options.rate, 1.0), 1, 1) {
    // nop
  }

  echo_loop(const echo_loop&) = delete;
  echo_loop& operator=(const echo_loop&) = delete;

  ~echo_loop() {
    close(epoll_);
  }

  /// Prints its pairs of `key=value`.
  void run() {
    auto server = options_.server_process;
    auto rss_before = rss_anon_bytes(server);
    open_idle();
    auto rss_after = rss_before;
    if (options_.idle > 0) {
      usleep(rest_us);
      rss_after = rss_anon_bytes(server);
    }
    if (options_.connections > 0)
      run_window();
    std::printf(" idle=%zu rss_anon_before=%" PRId64 " rss_anon_after=%" PRId64,
                options_.idle, rss_before, rss_after);
  }

private:
  enum class phase { warm_up, window, drain };

  /// Idle connections rest this long before the server's memory is read.
  static constexpr unsigned rest_us = 300'000;

  /// In an open loop, how long the last frames are waited for.
  static constexpr std::int64_t patience_ns = 1'000'000'000;

  /// A sleep that is no longer than this is not worth its lateness.
  static constexpr std::int64_t spin_ns_max = 100'000;

  static std::int64_t now_ns() noexcept {
    return read_clock_ns(CLOCK_MONOTONIC);
  }

  bool is_open() const noexcept {
    return options_.rate > 0;
  }

  // Connection numbers: first the active ones, then the idle ones.
  void open_idle() {
    for (std::size_t i = 0; i < options_.idle; ++i) {
      auto id = static_cast<std::uint32_t>(options_.connections + i);
      watch(connect_and_exchange(options_, id), id);
    }
  }

  void open_active() {
    connections_.reserve(options_.connections);
    for (std::uint32_t id = 0; id < options_.connections; ++id) {
      connections_.emplace_back(options_, id);
      watch(connections_.back().socket(), id);
    }
    due_.resize(options_.connections);
  }

  void watch(int fd, std::uint32_t id) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = id;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void run_window() {
    open_active();
    hold();
    auto begin = now_ns();
    if (is_open())
      arrivals_.start(begin);
    else
      for (auto id : in_any_order())
        send_frames(connections_[id], options_.in_flight, now_ns());
    poll_until(begin + options_.warmup_ns);
    phase_ = phase::window;
    window_begin_ns_ = now_ns();
    window_end_ns_ = window_begin_ns_ + options_.window_ns;
    window_.begin();
    poll_until(window_end_ns_);
    window_.end();
    phase_ = phase::drain;
    auto unfinished = drain();
    window_.print(messages_, latency_);
    std::printf(" frames=%" PRIu64, frames_);
    if (is_open())
      std::printf(" rate=%.0f unfinished=%zu late_p99_us=%.1f", options_.rate,
                  unfinished, load_window::microseconds(lateness_, 0.99));
  }

  void hold() {
    if (!options_.holds)
      return;
    std::puts("connected");
    std::fflush(stdout);
    std::raise(SIGSTOP);
  }

  // Those of a server do not speak in the order in which they came, and thus
  // lie in its memory, which would be the order that is easiest for it.
  std::vector<std::size_t> in_any_order() const {
    std::vector<std::size_t> result(connections_.size());
    std::iota(result.begin(), result.end(), std::size_t{0});
    std::shuffle(result.begin(), result.end(), std::mt19937{1});
    return result;
  }

  void poll_until(std::int64_t deadline) {
    for (auto now = now_ns(); now < deadline; now = now_ns()) {
      if (is_open())
        take_arrivals(now, deadline);
      auto next = is_open() ? std::min(deadline, arrivals_.next_ns())
                            : deadline;
      poll(next - now_ns());
    }
  }

  /// Sends what is due at last, as far as there is room.
  void take_arrivals(std::int64_t now, std::int64_t deadline) {
    // No more at once than keeps the load reading.
    auto budget = std::size_t{64};
    for (; arrivals_.next_ns() <= std::min(now, deadline - 1) && budget > 0;
         arrivals_.advance(), --budget) {
      auto id = arrivals_.choose(connections_.size());
      due_[id].push_back(arrivals_.next_ns());
      if (phase_ == phase::window)
        lateness_.add(now - arrivals_.next_ns());
      send_due(connections_[id]);
    }
  }

  void send_due(echo_connection& peer) {
    auto& due = due_[peer.id()];
    auto count = std::min(due.size(), peer.room());
    for (std::size_t i = 0; i < count; ++i) {
      peer.add_frame(due.front());
      due.pop_front();
    }
    under_way_ += count;
    if (count > 0 && !peer.waits_to_write())
      peer.flush(epoll_);
  }

  // Waits for what is under way, and then a moment for what should not come.
  std::size_t drain() {
    if (is_open())
      return drain_or_give_up();
    while (under_way_ > 0)
      poll(silence_ns_max);
    poll(20'000'000);
    return 0;
  }

  /// Answers how many frames of the window did not come back in time; their age
  /// then counts as their latency.
  std::size_t drain_or_give_up() {
    // What was due, but this side was too slow to look at.
    for (; arrivals_.next_ns() < window_end_ns_; arrivals_.advance())
      due_[arrivals_.choose(due_.size())].push_back(arrivals_.next_ns());
    for (auto& peer : connections_)
      send_due(peer);
    auto end = now_ns() + patience_ns;
    auto waiting = [this] {
      return std::any_of(due_.begin(), due_.end(),
                         [](auto& x) { return !x.empty(); });
    };
    while ((under_way_ > 0 || waiting()) && now_ns() < end)
      poll(end - now_ns());
    std::size_t unfinished = 0;
    auto now = now_ns();
    for (auto& peer : connections_) {
      for (std::size_t i = 0; i < peer.under_way(); ++i)
        unfinished += add_latency(peer.due_ns(i), now) ? 1 : 0;
      for (auto due_ns : due_[peer.id()])
        unfinished += add_latency(due_ns, now) ? 1 : 0;
    }
    return unfinished;
  }

  void poll(std::int64_t timeout_ns) {
    if (is_open() && timeout_ns <= spin_ns_max)
      timeout_ns = 0;
    auto any = wait_for_events(epoll_, timeout_ns,
                               [&](epoll_event& event) { serve(event); });
    if (any)
      last_heard_ns_ = now_ns();
    else if (!is_open() && under_way_ > 0
             && now_ns() - last_heard_ns_ > silence_ns_max)
      fail_silent();
  }

  [[noreturn]] void fail_silent() {
    for (auto& peer : connections_)
      if (peer.under_way() > 0)
        fail(peer.id(), "a frame is lost: no answer within 5 s");
    std::abort();
  }

  void serve(const epoll_event& event) {
    auto id = event.data.u32;
    if (id >= connections_.size())
      fail(id, "an idle connection was closed or written to");
    auto& peer = connections_[id];
    if ((event.events & EPOLLOUT) != 0)
      peer.flush(epoll_);
    if ((event.events & ~EPOLLOUT) != 0)
      receive(peer);
  }

  void receive(echo_connection& peer) {
    auto now = std::int64_t{0};
    auto count = peer.receive([&](std::int64_t due_ns, std::int64_t now_ns) {
      now = now_ns;
      add_latency(due_ns, now_ns);
    });
    under_way_ -= count;
    frames_ += count;
    if (phase_ == phase::window)
      messages_ += count;
    if (is_open())
      send_due(peer);
    else if (phase_ != phase::drain && count > 0)
      send_frames(peer, count, now);
  }

  /// Answers whether it counts.
  bool add_latency(std::int64_t due_ns, std::int64_t now_ns) {
    auto counts = is_open()
                    ? due_ns >= window_begin_ns_ && due_ns < window_end_ns_
                    : phase_ == phase::window;
    if (counts)
      latency_.add(now_ns - due_ns);
    return counts;
  }

  void send_frames(echo_connection& peer, std::size_t count, std::int64_t now) {
    for (std::size_t i = 0; i < count; ++i)
      peer.add_frame(now);
    under_way_ += count;
    if (!peer.waits_to_write())
      peer.flush(epoll_);
  }

  const echo_load_options& options_;
  const int epoll_;
  std::vector<echo_connection> connections_;
  /// In an open loop, by connection: when the frames without room were due.
  std::vector<std::deque<std::int64_t>> due_;
  load_window window_;
  poisson_arrivals arrivals_;
  latency_histogram latency_;
  /// How late a frame was looked at that was due.
  latency_histogram lateness_;
  phase phase_ = phase::warm_up;
  std::int64_t window_begin_ns_ = 0;
  std::int64_t window_end_ns_ = 0;
  /// Came back in the window, and in all.
  std::uint64_t messages_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t under_way_ = 0;
  std::int64_t last_heard_ns_ = now_ns();
};

} // namespace troupe::bench
