#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "troupe/bench/echo_load_options.hpp"
#include "troupe/bench/process_usage.hpp"

namespace troupe::bench {

/// Without an answer for this long, the frames under way count as lost.
constexpr std::int64_t silence_ns_max = 5'000'000'000;

[[noreturn]] inline void fail(std::uint64_t connection, const char* what) {
  std::fprintf(stderr, "echo_load: connection %" PRIu64 ": %s\n", connection,
               what);
  std::exit(1);
}

/// Opens a connection from `source`, which may have no port yet. Blocks
/// meanwhile, and so do its calls unless told otherwise, for up to
/// `silence_ns_max`.
inline int connect_to(const sockaddr_in& server, const sockaddr_in& source,
                      std::uint64_t id) {
  auto fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    fail(id, std::strerror(errno));
  timeval patience{silence_ns_max / 1'000'000'000, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // The port is chosen when the peer is known, so each address has them all.
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0
      || connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof server)
           != 0)
    fail(id, std::strerror(errno));
  return fd;
}

/// Opens connection number `id` and exchanges its first frame. Blocks
/// meanwhile.
inline int connect_and_exchange(const echo_load_options& options,
                                std::uint32_t id) {
  // Connections from one source address, below its number of ports.
  constexpr std::uint32_t source_connections_max = 20'000;
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr
    = htonl(INADDR_LOOPBACK + (id / source_connections_max << 16));
  auto fd = connect_to(options.server, source, id);
  std::vector<char> bytes(options.frame_bytes());
  options.store_frame(bytes.data(), id, 0);
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(bytes.size()))
    fail(id, "the first frame was not taken");
  std::fill(bytes.begin(), bytes.end(), '\0');
  if (recv(fd, bytes.data(), bytes.size(), MSG_WAITALL)
      != static_cast<ssize_t>(bytes.size()))
    fail(id, "the first frame did not come back");
  if (!options.is_frame(bytes.data(), id, 0))
    fail(id, "the first frame came back changed");
  return fd;
}

/// One connection of `echo_load` with its frames under way. Both buffers hold
/// `in_flight` frames, which is all that it ever has to store. It does not
/// outlive `options`; the end of the process closes the socket.
class echo_connection {
public:
  echo_connection(const echo_load_options& options, std::uint32_t id)
    : options_(options),
      id_(id),
      socket_(connect_and_exchange(options, id)),
      capacity_(options.in_flight * options.frame_bytes()),
      in_(std::make_unique<char[]>(capacity_)),
      out_(std::make_unique<char[]>(capacity_)),
      due_ns_(std::make_unique<std::int64_t[]>(options.in_flight)) {
    // nop
  }

  std::uint32_t id() const noexcept {
    return id_;
  }

  int socket() const noexcept {
    return socket_;
  }

  std::size_t under_way() const noexcept {
    return next_sent_ - next_expected_;
  }

  /// When a frame under way was sent or was due; the oldest one is number 0.
  std::int64_t due_ns(std::size_t number) const noexcept {
    return due_ns_[(next_expected_ + number) % options_.in_flight];
  }

  /// Frames that may still be added.
  std::size_t room() const noexcept {
    return options_.in_flight - under_way();
  }

  /// Adds a frame that was due at `due_ns`, to be flushed. There must be room.
  void add_frame(std::int64_t due_ns) {
    auto bytes = options_.frame_bytes();
    // What has not been written yet is also among the `in_flight`, so after
    // moving it to the front there is room.
    if (out_end_ + bytes > capacity_) {
      std::memmove(out_.get(), out_.get() + out_begin_, out_end_ - out_begin_);
      out_end_ -= out_begin_;
      out_begin_ = 0;
    }
    options_.store_frame(out_.get() + out_end_, id_, next_sent_);
    out_end_ += bytes;
    due_ns_[next_sent_ % options_.in_flight] = due_ns;
    ++next_sent_;
  }

  /// Whether the socket has not taken all, and `flush` is to be called when it
  /// takes more.
  bool waits_to_write() const noexcept {
    return waits_to_write_;
  }

  /// Writes what was added, as far as the socket takes it. `epoll` watches the
  /// socket, with `id` as data.
  void flush(int epoll) {
    auto count = send(socket_, out_.get() + out_begin_, out_end_ - out_begin_,
                      MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
      fail(id_, std::strerror(errno));
    out_begin_ += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    auto done = out_begin_ == out_end_;
    if (done)
      out_begin_ = out_end_ = 0;
    if (done == waits_to_write_) {
      waits_to_write_ = !done;
      epoll_event event{};
      event.events = EPOLLIN;
      if (!done)
        event.events |= EPOLLOUT;
      event.data.u32 = id_;
      epoll_ctl(epoll, EPOLL_CTL_MOD, socket_, &event);
    }
  }

  /// Reads once. Calls `f` for each frame, with when it was due and the time
  /// now. Answers how many there were.
  template <class F>
  std::size_t receive(F f) {
    auto count = recv(socket_, in_.get() + in_size_, capacity_ - in_size_,
                      MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
      return 0;
    if (count <= 0)
      fail(id_, "the server closed the connection");
    auto now = read_clock_ns(CLOCK_MONOTONIC);
    in_size_ += static_cast<std::size_t>(count);
    auto bytes = options_.frame_bytes();
    std::size_t begin = 0;
    std::size_t frames = 0;
    for (; in_size_ - begin >= bytes; begin += bytes, ++frames) {
      if (under_way() == 0)
        fail(id_, "a frame came that nobody sent");
      if (!options_.is_frame(in_.get() + begin, id_, next_expected_))
        fail(id_, "a frame is lost, doubled, changed or out of order");
      f(due_ns(0), now);
      ++next_expected_;
    }
    in_size_ -= begin;
    if (begin > 0 && in_size_ > 0)
      std::memmove(in_.get(), in_.get() + begin, in_size_);
    return frames;
  }

private:
  const echo_load_options& options_;
  const std::uint32_t id_;
  const int socket_;
  const std::size_t capacity_;
  std::uint64_t next_sent_ = 1;
  std::uint64_t next_expected_ = 1;
  std::size_t in_size_ = 0;
  std::size_t out_begin_ = 0;
  std::size_t out_end_ = 0;
  bool waits_to_write_ = false;
  std::unique_ptr<char[]> in_;
  std::unique_ptr<char[]> out_;
  /// A ring: when the frames under way were sent, or were due.
  std::unique_ptr<std::int64_t[]> due_ns_;
};

} // namespace troupe::bench
