#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "troupe/bench/echo_connection.hpp"
#include "troupe/bench/echo_load_options.hpp"
#include "troupe/bench/latency_histogram.hpp"
#include "troupe/bench/load_window.hpp"
#include "troupe/bench/process_usage.hpp"
#include "troupe/bench/source_prefix.hpp"
#include "troupe/bench/wait_for_events.hpp"

namespace troupe::bench {

/// One run of `echo_load` with connections that do not last: each of so many
/// slots connects, exchanges one frame, closes, and begins again. Latency is
/// from before the connect to after the read.
class echo_churn {
public:
  explicit echo_churn(const echo_load_options& options)
    : options_(options),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      slots_(options.connections),
      frame_(std::make_unique<char[]>(options.frame_bytes())),
      window_(options.server_process) {
    // nop
  }

  echo_churn(const echo_churn&) = delete;
  echo_churn& operator=(const echo_churn&) = delete;

  ~echo_churn() {
    close(epoll_);
  }

  /// Prints its pairs of `key=value`.
  void run() {
    for (auto& x : slots_)
      begin(x);
    auto start = now_ns();
    poll_until(start + options_.warmup_ns);
    counts_ = true;
    window_.begin();
    poll_until(now_ns() + options_.window_ns);
    window_.end();
    counts_ = false;
    has_ended_ = true;
    while (under_way_ > 0)
      poll(silence_ns_max);
    window_.print(messages_, latency_);
    std::printf(" frames=%" PRIu64, connections_);
  }

private:
  struct slot {
    int socket = -1;
    std::uint64_t connection = 0;
    std::int64_t begun_ns = 0;
    std::size_t received = 0;
    std::unique_ptr<char[]> in;
  };

  /// Sources that take turns: a port rests after its connection, and all of
  /// one address would be used up within a second or two.
  static constexpr std::uint64_t sources = 250;

  static std::int64_t now_ns() noexcept {
    return read_clock_ns(CLOCK_MONOTONIC);
  }

  // Connecting to the loopback device takes no turn of the server as long as
  // its backlog has room, and a fresh socket takes a frame at once.
  void begin(slot& x) {
    x.connection = connections_++;
    x.begun_ns = now_ns();
    x.received = 0;
    if (!x.in)
      x.in = std::make_unique<char[]>(options_.frame_bytes());
    x.socket = connect_to(options_.server,
                          prefix_->of_client(x.connection % sources),
                          x.connection);
    options_.store_frame(frame_.get(), x.connection, 0);
    auto bytes = options_.frame_bytes();
    if (send(x.socket, frame_.get(), bytes, MSG_NOSIGNAL)
        != static_cast<ssize_t>(bytes))
      fail(x.connection, "the frame was not taken");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &x;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, x.socket, &event);
    ++under_way_;
  }

  void poll_until(std::int64_t deadline) {
    for (auto now = now_ns(); now < deadline; now = now_ns())
      poll(deadline - now);
  }

  void poll(std::int64_t timeout_ns) {
    auto any = wait_for_events(epoll_, timeout_ns, [&](epoll_event& event) {
      receive(*static_cast<slot*>(event.data.ptr));
    });
    if (any)
      last_heard_ns_ = now_ns();
    else if (now_ns() - last_heard_ns_ > silence_ns_max)
      fail(connections_, "a frame is lost: no answer within 5 s");
  }

  void receive(slot& x) {
    auto bytes = options_.frame_bytes();
    auto count = recv(x.socket, x.in.get() + x.received, bytes - x.received,
                      MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (count <= 0)
      fail(x.connection, "the server closed the connection");
    x.received += static_cast<std::size_t>(count);
    if (x.received < bytes)
      return;
    if (!options_.is_frame(x.in.get(), x.connection, 0))
      fail(x.connection, "the frame came back changed");
    close(x.socket);
    --under_way_;
    if (counts_) {
      latency_.add(now_ns() - x.begun_ns);
      ++messages_;
    }
    if (!has_ended_)
      begin(x);
  }

  const echo_load_options& options_;
  const int epoll_;
  const std::optional<source_prefix> prefix_
    = source_prefix::parse("127.16.0.0/16");
  std::vector<slot> slots_;
  std::unique_ptr<char[]> frame_;
  load_window window_;
  latency_histogram latency_;
  bool counts_ = false;
  bool has_ended_ = false;
  std::uint64_t messages_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t under_way_ = 0;
  std::int64_t last_heard_ns_ = now_ns();
};

} // namespace troupe::bench
