#include "troupe/tests/cluster_audit/address.hpp"

#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>

namespace troupe::test {

namespace {

constexpr int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr int backlog = 64;
constexpr int on = 1;

} // namespace

int start_connecting(const address& to) {
  auto result = socket(AF_INET, kind, 0);
  if (result < 0)
    return -1;
  setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto native = to.native();
  if (connect(result, reinterpret_cast<sockaddr*>(&native), sizeof native) == 0
      || errno == EINPROGRESS)
    return result;
  close(result);
  return -1;
}

int start_listening(const address& at) {
  auto result = socket(AF_INET, kind, 0);
  if (result < 0)
    return -1;
  setsockopt(result, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto native = at.native();
  if (bind(result, reinterpret_cast<sockaddr*>(&native), sizeof native) == 0
      && listen(result, backlog) == 0)
    return result;
  close(result);
  return -1;
}

void reset_socket(int socket) {
  linger option{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, sizeof option);
  close(socket);
}

} // namespace troupe::test
