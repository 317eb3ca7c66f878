#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace troupe::test {

/// An IPv4 address and a port.
struct address {
  std::string host;
  std::uint16_t port = 0;

  sockaddr_in native() const {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    inet_pton(AF_INET, host.c_str(), &result.sin_addr);
    return result;
  }
};

inline std::string to_string(const address& x) {
  return x.host + ':' + std::to_string(x.port);
}

/// Begins to connect; answers the socket, which does not block, or -1.
int start_connecting(const address& to);

/// Answers a socket that does not block, or -1 if the address is not free.
int start_listening(const address& at);

/// Closes it such that the peer's next read fails.
void reset_socket(int socket);

} // namespace troupe::test
