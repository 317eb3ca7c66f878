// What does an echo of length-prefixed frames cost at the least? An epoll loop
// in plain C++, one thread, a connection being a buffer and a number. It does
// what `echo_asio` does: frames are checked one by one, and all complete ones
// of a read go out in one write from where they lie. The floor for
// `echo_bench`.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "troupe/bench/echo_buffer.hpp"

namespace {

using namespace troupe::bench;

class session {
public:
  explicit session(int socket) : socket_(socket) {
    // nop
  }

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  ~session() {
    close(socket_);
  }

  /// Answers false when the connection is over.
  bool read() {
    auto count = recv(socket_, buffer_.space(), buffer_.space_bytes(), 0);
    if (count <= 0)
      return count < 0 && errno == EAGAIN;
    due_ = buffer_.received(static_cast<std::size_t>(count));
    return !due_.too_large && write();
  }

  /// The same. Goes on with what the peer has not taken.
  bool write() {
    while (sent_ < due_.bytes) {
      auto count = send(socket_, buffer_.data() + sent_, due_.bytes - sent_,
                        MSG_NOSIGNAL);
      if (count < 0)
        return errno == EAGAIN;
      sent_ += static_cast<std::size_t>(count);
    }
    buffer_.sent(std::exchange(due_, {}));
    sent_ = 0;
    return true;
  }

  /// Whether it waits for the peer to take more, and not for the next frame.
  bool is_writing() const noexcept {
    return due_.bytes > 0;
  }

  int socket() const noexcept {
    return socket_;
  }

  bool is_watched_for_output = false;

private:
  const int socket_;
  echo_buffer buffer_;
  frame_run due_;
  std::size_t sent_ = 0;
};

int signals_as_file() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  sigprocmask(SIG_BLOCK, &ending, nullptr);
  return signalfd(-1, &ending, SFD_CLOEXEC);
}

int listen_on_loopback() {
  auto result = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(result, reinterpret_cast<sockaddr*>(&address), size) != 0
      || listen(result, SOMAXCONN) != 0
      || getsockname(result, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return -1;
  std::printf("listening on 127.0.0.1:%u\n", unsigned{ntohs(address.sin_port)});
  std::fflush(stdout);
  return result;
}

class loop {
public:
  loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    // nop
  }

  int run() {
    auto acceptor = listen_on_loopback();
    auto signals = signals_as_file();
    if (acceptor < 0 || signals < 0)
      return 1;
    watch(EPOLL_CTL_ADD, acceptor, EPOLLIN, &acceptor);
    watch(EPOLL_CTL_ADD, signals, EPOLLIN, &signals);
    std::array<epoll_event, 256> events;
    for (;;) {
      auto count = epoll_wait(epoll_, events.data(), events.size(), -1);
      for (auto i = 0; i < count; ++i) {
        auto* what = events[static_cast<std::size_t>(i)].data.ptr;
        if (what == &signals)
          return 0;
        if (what == &acceptor)
          accept_all(acceptor);
        else
          serve(*static_cast<session*>(what));
      }
    }
  }

private:
  void watch(int how, int file, std::uint32_t events, void* what) {
    epoll_event x{};
    x.events = events;
    x.data.ptr = what;
    epoll_ctl(epoll_, how, file, &x);
  }

  void accept_all(int acceptor) {
    for (;;) {
      auto socket = accept4(acceptor, nullptr, nullptr,
                            SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0)
        return;
      int on = 1;
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      watch(EPOLL_CTL_ADD, socket, EPOLLIN, new session{socket});
    }
  }

  void serve(session& x) {
    if (!(x.is_writing() ? x.write() : x.read())) {
      delete &x;
      return;
    }
    if (x.is_writing() == x.is_watched_for_output)
      return;
    x.is_watched_for_output = x.is_writing();
    watch(EPOLL_CTL_MOD, x.socket(), x.is_writing() ? EPOLLOUT : EPOLLIN, &x);
  }

  const int epoll_;
};

} // namespace

int main() {
  return loop{}.run();
}
