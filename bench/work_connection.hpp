#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>

#include "troupe/bench/frame_run.hpp"

#include "work/work.pb.h"

namespace troupe::bench {

/// A connection to a work server that never blocks, and the requests under way
/// on it. An epoll set watches it, edge by edge, with this object as data.
class work_connection {
public:
  enum class status { good, ended, wrong };

  /// `serial` tells its requests from those of all other connections.
  work_connection(std::size_t client, std::uint32_t serial) noexcept
    : client_(client),
      next_id_(std::uint64_t{serial} << 32),
      awaited_id_(next_id_) {
    // nop
  }

  work_connection(const work_connection&) = delete;
  work_connection& operator=(const work_connection&) = delete;

  ~work_connection() {
    stop();
  }

  /// Closes the socket; there are no further events.
  void stop() noexcept {
    if (socket_ >= 0)
      close(std::exchange(socket_, -1));
  }

  /// Begins to connect, from `source` unless null. Answers 0 or an errno.
  int start(int epoll, const sockaddr_in& server, const sockaddr_in* source) {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0)
      return errno;
    int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (source != nullptr) {
      // The port is chosen when the peer is known, so each peer has them all.
      setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
      if (bind(socket_, as_address(*source), sizeof *source) != 0)
        return errno;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = this;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &event) != 0)
      return errno;
    if (connect(socket_, as_address(server), sizeof server) != 0)
      return errno == EINPROGRESS ? 0 : errno;
    return 0;
  }

  /// After the first event: answers 0 if it is connected, else an errno.
  int finish_start() noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
      return errno;
    is_open_ = error == 0;
    return error;
  }

  std::size_t client() const noexcept {
    return client_;
  }

  bool is_open() const noexcept {
    return is_open_;
  }

  bool has_answered() const noexcept {
    return has_answered_;
  }

  std::size_t unsent_bytes() const noexcept {
    return output_.size() - sent_bytes_;
  }

  /// When the requests that are not answered were due, oldest first.
  const std::deque<std::int64_t>& under_way() const noexcept {
    return under_way_;
  }

  /// Adds a request that `flush` will send. Changes the id of `what`.
  void add(work::Work& what, std::int64_t intended_ns) {
    what.set_id(++next_id_);
    auto size = what.ByteSizeLong();
    auto begin = output_.size();
    output_.resize(begin + frame_header_bytes + size);
    store_frame_header(output_.data() + begin, size);
    what.SerializeToArray(output_.data() + begin + frame_header_bytes,
                          static_cast<int>(size));
    under_way_.push_back(intended_ns);
  }

  /// Sends what the socket takes.
  status flush() noexcept {
    while (unsent_bytes() > 0) {
      auto count = send(socket_, output_.data() + sent_bytes_, unsent_bytes(),
                        MSG_NOSIGNAL);
      if (count < 0)
        return errno == EAGAIN ? status::good : status::ended;
      sent_bytes_ += static_cast<std::size_t>(count);
    }
    output_.clear();
    sent_bytes_ = 0;
    return status::good;
  }

  /// Receives what there is after `events`, by way of `scratch`, and calls
  /// `answered` with the time each request was due that is answered with
  /// `reply_bytes` bytes.
  template <class F>
  status receive(std::uint32_t events, std::span<char> scratch,
                 std::size_t reply_bytes, F answered) {
    for (;;) {
      auto count = recv(socket_, scratch.data(), scratch.size(), 0);
      if (count < 0)
        return errno == EAGAIN ? status::good : status::ended;
      if (count == 0)
        return status::ended;
      auto size = static_cast<std::size_t>(count);
      if (!take({scratch.data(), size}, reply_bytes, answered))
        return status::wrong;
      // There is no other edge for the end that has come behind it.
      if (size < scratch.size() && (events & ~(EPOLLIN | EPOLLOUT)) == 0)
        return status::good;
    }
  }

private:
  static const sockaddr* as_address(const sockaddr_in& x) noexcept {
    return reinterpret_cast<const sockaddr*>(&x);
  }

  template <class F>
  bool take(std::span<const char> bytes, std::size_t reply_bytes, F& answered) {
    if (!input_.empty()) {
      input_.append(bytes.data(), bytes.size());
      bytes = input_;
    }
    auto run = find_frames(bytes.data(), bytes.size());
    if (run.too_large)
      return false;
    for (auto rest = bytes.first(run.bytes); !rest.empty();) {
      auto size = payload_bytes(rest.data());
      rest = rest.subspan(frame_header_bytes);
      if (!take_answer(rest.first(size), reply_bytes))
        return false;
      answered(under_way_.front());
      under_way_.pop_front();
      rest = rest.subspan(size);
    }
    if (bytes.data() == input_.data())
      input_.erase(0, run.bytes);
    else
      input_.assign(bytes.data() + run.bytes, bytes.size() - run.bytes);
    return true;
  }

  bool take_answer(std::span<const char> bytes, std::size_t reply_bytes) {
    work::WorkDone done;
    has_answered_ = true;
    return !under_way_.empty()
           && done.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))
           && done.id() == ++awaited_id_
           && done.payload().size() == reply_bytes;
  }

  const std::size_t client_;
  int socket_ = -1;
  bool is_open_ = false;
  bool has_answered_ = false;
  std::uint64_t next_id_;
  std::uint64_t awaited_id_;
  std::deque<std::int64_t> under_way_;
  std::string output_;
  std::size_t sent_bytes_ = 0;
  std::string input_;
};

} // namespace troupe::bench
