#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "troupe/tests/support/tcp_client.hpp"

namespace troupe::test {

/// A port on loopback that nobody else gets. It refuses all who come until
/// `listen` is called.
class tcp_port {
public:
  tcp_port();

  tcp_port(const tcp_port&) = delete;
  tcp_port& operator=(const tcp_port&) = delete;

  ~tcp_port();

  std::uint16_t number() const noexcept {
    return number_;
  }

  /// "127.0.0.1:4711"
  std::string address() const {
    return "127.0.0.1:" + std::to_string(number_);
  }

  /// The kernel holds about `backlog` connections nobody has accepted.
  void listen(int backlog);

  /// Waits for a connection, at most 10 s. Throws `std::system_error` if none
  /// comes.
  tcp_client accept();

private:
  int socket_;
  std::uint16_t number_ = 0;
};

} // namespace troupe::test
