#include "troupe/tests/support/tcp_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace troupe::test {

namespace {

constexpr timeval timeout{10, 0};

} // namespace

tcp_port::tcp_port() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in self{};
  self.sin_family = AF_INET;
  self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof self;
  auto* address = reinterpret_cast<sockaddr*>(&self);
  if (bind(socket_, address, size) != 0
      || getsockname(socket_, address, &size) != 0)
    throw std::system_error{errno, std::system_category(), "bind"};
  number_ = ntohs(self.sin_port);
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

tcp_port::~tcp_port() {
  close(socket_);
}

void tcp_port::listen(int backlog) {
  ::listen(socket_, backlog);
}

tcp_client tcp_port::accept() {
  auto result = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (result < 0)
    throw std::system_error{errno, std::system_category(), "accept"};
  setsockopt(result, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  return tcp_client{result};
}

} // namespace troupe::test
