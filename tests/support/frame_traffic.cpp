#include "troupe/tests/support/frame_traffic.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <system_error>
#include <utility>

namespace troupe::test {

namespace {

using std::chrono::steady_clock;

int connect_to(std::uint16_t port) {
  auto result = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(result, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    throw std::system_error{errno, std::system_category(), "connect"};
  int yes = 1;
  setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fcntl(result, F_SETFL, O_NONBLOCK);
  return result;
}

/// Cut or filled up to `bytes` bytes.
std::string text_of(std::size_t bytes, std::size_t connection,
                    std::uint64_t sequence) {
  auto result = std::to_string(connection) + " " + std::to_string(sequence);
  auto letter = (connection * 31 + sequence) % 26;
  while (result.size() < bytes)
    result += static_cast<char>('a' + letter++ % 26);
  result.resize(bytes);
  return result;
}

} // namespace

std::string length_prefixed(std::string_view payload) {
  auto size = payload.size();
  std::string result;
  for (auto shift : {24, 16, 8, 0})
    result += static_cast<char>(size >> shift & 0xFF);
  return result.append(payload);
}

frame_maker lines_of(std::size_t bytes) {
  return [=](std::size_t connection, std::uint64_t sequence) {
    return text_of(bytes - 1, connection, sequence) + "\n";
  };
}

frame_maker length_prefixed_of(std::size_t bytes) {
  return [=](std::size_t connection, std::uint64_t sequence) {
    return length_prefixed(text_of(bytes - 4, connection, sequence));
  };
}

/// One client. `stream_` holds what was made and has not come back, of which
/// `sent_` bytes were sent; `dropped_` bytes have come back before.
class frame_traffic::peer {
public:
  peer(std::uint16_t port, std::size_t index, const traffic_options& options)
    : index_(index), options_(options), socket_(connect_to(port)) {
    // nop
  }

  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  ~peer() {
    close(socket_);
  }

  int socket() const noexcept {
    return socket_;
  }

  bool is_done() const noexcept {
    return has_ended_ || under_way_.empty();
  }

  bool has_ended() const noexcept {
    return has_ended_;
  }

  bool wants_to_send() const noexcept {
    return !has_ended_ && sent_ < stream_.size();
  }

  void make_frames() {
    while (under_way_.size() < options_.frames_in_flight) {
      stream_ += options_.make(index_, made_++);
      under_way_.push_back({dropped_ + stream_.size(), steady_clock::now()});
    }
  }

  void send() {
    while (wants_to_send()) {
      auto count = ::send(socket_, stream_.data() + sent_,
                          stream_.size() - sent_, MSG_NOSIGNAL);
      if (count < 0) {
        has_ended_ = errno != EAGAIN && errno != EINTR;
        return;
      }
      sent_ += static_cast<std::size_t>(count);
    }
  }

  /// Answers how many frames are complete now.
  std::uint64_t receive() {
    char bytes[64 * 1024];
    auto count = recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) {
      has_ended_ = count == 0 || (errno != EAGAIN && errno != EINTR);
      return 0;
    }
    auto size = static_cast<std::size_t>(count);
    if (size > sent_ || std::memcmp(stream_.data(), bytes, size) != 0) {
      fault_ = "Connection " + std::to_string(index_) + " got "
               + std::to_string(size) + " other bytes at frame "
               + std::to_string(returned_) + ".";
      has_ended_ = true;
      return 0;
    }
    return drop(size);
  }

  void report(traffic_report& to) const {
    to.frames_sent += made_;
    to.frames_returned += returned_;
    to.frames_returned_min = std::min(to.frames_returned_min, returned_);
    to.slowest_round_trip = std::max(to.slowest_round_trip, slowest_);
    if (!fault_.empty())
      to.faults.push_back(fault_);
    else if (has_ended_)
      ++to.ended;
    else if (!under_way_.empty())
      to.faults.push_back("Connection " + std::to_string(index_) + " misses "
                          + std::to_string(under_way_.size()) + " frames.");
  }

private:
  struct frame_end {
    /// Since the connection was made.
    std::uint64_t offset;
    steady_clock::time_point made;
  };

  std::uint64_t drop(std::size_t size) {
    stream_.erase(0, size);
    sent_ -= size;
    dropped_ += size;
    std::uint64_t complete = 0;
    auto now = steady_clock::now();
    while (!under_way_.empty() && under_way_.front().offset <= dropped_) {
      slowest_ = std::max(slowest_, now - under_way_.front().made);
      under_way_.pop_front();
      ++complete;
    }
    returned_ += complete;
    return complete;
  }

  const std::size_t index_;
  const traffic_options options_;
  const int socket_;
  std::string stream_;
  std::size_t sent_ = 0;
  std::uint64_t dropped_ = 0;
  std::deque<frame_end> under_way_;
  std::uint64_t made_ = 0;
  std::uint64_t returned_ = 0;
  std::chrono::nanoseconds slowest_{0};
  std::string fault_;
  bool has_ended_ = false;
};

frame_traffic::frame_traffic(std::uint16_t port, traffic_options options)
  : events_(epoll_create1(EPOLL_CLOEXEC)) {
  for (std::size_t i = 0; i < options.connections; ++i)
    peers_.push_back(std::make_unique<peer>(port, i, options));
  thread_ = std::thread{[this] { run(); }};
}

frame_traffic::~frame_traffic() {
  if (thread_.joinable())
    stop();
  close(events_);
}

traffic_report frame_traffic::stop() {
  is_stopping_ = true;
  thread_.join();
  traffic_report result;
  result.frames_returned_min = UINT64_MAX;
  for (auto& x : peers_)
    x->report(result);
  peers_.clear();
  return result;
}

void frame_traffic::run() {
  auto change = [&](int operation, peer& x) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (x.wants_to_send())
      event.events |= EPOLLOUT;
    event.data.ptr = &x;
    epoll_ctl(events_, operation, x.socket(), &event);
  };
  for (auto& x : peers_) {
    x->make_frames();
    x->send();
    change(EPOLL_CTL_ADD, *x);
  }
  auto deadline = steady_clock::time_point::max();
  for (;;) {
    if (is_stopping_) {
      auto now = steady_clock::now();
      deadline = std::min(deadline, now + std::chrono::seconds{20});
      if (now >= deadline
          || std::all_of(peers_.begin(), peers_.end(),
                         [](auto& x) { return x->is_done(); }))
        break;
    }
    epoll_event ready[256];
    auto count = epoll_wait(events_, ready, 256, 20);
    for (int i = 0; i < count; ++i) {
      auto& x = *static_cast<peer*>(ready[i].data.ptr);
      auto wanted_to_send = x.wants_to_send();
      if ((ready[i].events & ~EPOLLOUT) != 0)
        frames_returned_.fetch_add(x.receive(), std::memory_order_relaxed);
      if (!is_stopping_ && !x.has_ended())
        x.make_frames();
      x.send();
      if (x.has_ended())
        epoll_ctl(events_, EPOLL_CTL_DEL, x.socket(), nullptr);
      else if (x.wants_to_send() != wanted_to_send)
        change(EPOLL_CTL_MOD, x);
    }
  }
  // An end, or surplus bytes, behind the last frame.
  for (auto& x : peers_)
    if (!x->has_ended())
      x->receive();
}

} // namespace troupe::test
