#include "troupe/tests/support/tcp_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace troupe::test {

tcp_client::tcp_client(std::uint16_t port, std::chrono::milliseconds timeout)
  : tcp_client("127.0.0.1", port, timeout) {
  // nop
}

tcp_client::tcp_client(const std::string& host, std::uint16_t port,
                       std::chrono::milliseconds timeout)
  : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto ms = static_cast<long>(timeout.count());
  timeval bound{ms / 1000, ms % 1000 * 1000};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
  int yes = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(port);
  inet_pton(AF_INET, host.c_str(), &peer.sin_addr);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&peer), sizeof peer) != 0) {
    auto code = errno;
    close(socket_);
    throw std::system_error{code, std::system_category(), "connect"};
  }
}

tcp_client::tcp_client(tcp_client&& other) noexcept
  : socket_(std::exchange(other.socket_, -1)),
    received_(std::move(other.received_)),
    has_ended_(other.has_ended_) {
  // nop
}

tcp_client& tcp_client::operator=(tcp_client&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(received_, other.received_);
  std::swap(has_ended_, other.has_ended_);
  return *this;
}

tcp_client::~tcp_client() {
  if (socket_ >= 0)
    close(socket_);
}

std::size_t tcp_client::send(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    auto count = ::send(socket_, bytes.data() + sent, bytes.size() - sent,
                        MSG_NOSIGNAL);
    if (count <= 0)
      break;
    sent += static_cast<std::size_t>(count);
  }
  return sent;
}

void tcp_client::end_output() {
  shutdown(socket_, SHUT_WR);
}

std::string tcp_client::receive(std::size_t count) {
  while (received_.size() < count && receive_more()) {
    // nop
  }
  auto result = received_.substr(0, count);
  received_.erase(0, result.size());
  return result;
}

std::optional<std::string> tcp_client::receive_line() {
  for (std::size_t looked_at = 0;;) {
    if (auto end = received_.find('\n', looked_at); end != received_.npos) {
      auto result = received_.substr(0, end);
      received_.erase(0, end + 1);
      return result;
    }
    looked_at = received_.size();
    if (!receive_more())
      return std::nullopt;
  }
}

std::optional<std::string> tcp_client::ask(std::string_view line) {
  send(std::string{line} + "\n");
  return receive_line();
}

std::string tcp_client::receive_rest() {
  while (receive_more()) {
    // nop
  }
  return std::exchange(received_, {});
}

std::uint16_t tcp_client::own_port() const {
  sockaddr_in own{};
  socklen_t bytes = sizeof own;
  getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &bytes);
  return ntohs(own.sin_port);
}

void tcp_client::reset() {
  linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(socket_, -1));
}

bool tcp_client::receive_more() {
  char bytes[16 * 1024];
  auto count = recv(socket_, bytes, sizeof bytes, 0);
  if (count > 0) {
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }
  has_ended_ = count == 0 || (errno != EAGAIN && errno != EINTR);
  return false;
}

} // namespace troupe::test
