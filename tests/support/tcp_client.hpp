#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::test {

/// A peer of a server on loopback that sends and receives what it is told to,
/// byte by byte. It waits at most `timeout` in each call. One thread only.
class tcp_client {
public:
  /// Connects; throws `std::system_error` if that fails.
  explicit tcp_client(std::uint16_t port, std::chrono::milliseconds timeout
                                          = std::chrono::seconds{10});

  /// The same with another IPv4 address than 127.0.0.1.
  tcp_client(const std::string& host, std::uint16_t port,
             std::chrono::milliseconds timeout = std::chrono::seconds{10});

  /// Takes over a connected socket.
  explicit tcp_client(int socket) noexcept : socket_(socket) {
    // nop
  }

  tcp_client(tcp_client&& other) noexcept;
  tcp_client& operator=(tcp_client&& other) noexcept;

  ~tcp_client();

  /// Sends all, or as much as the server takes before the timeout or its end of
  /// the connection; answers how many bytes that were.
  std::size_t send(std::string_view bytes);

  /// Sends no more and still receives.
  void end_output();

  /// Receives `count` bytes, fewer if the stream ends or stalls before.
  std::string receive(std::size_t count);

  /// Receives a line without its LF; nothing if the stream ends or stalls
  /// before.
  std::optional<std::string> receive_line();

  /// Sends `line` and an LF, and receives a line.
  std::optional<std::string> ask(std::string_view line);

  /// Receives until the server has ended the connection.
  std::string receive_rest();

  /// Whether the server has ended the connection.
  bool has_ended() const noexcept {
    return has_ended_;
  }

  /// The port at this end.
  std::uint16_t own_port() const;

  /// Closes such that the server's next read fails.
  void reset();

private:
  bool receive_more();

  int socket_;
  std::string received_;
  bool has_ended_ = false;
};

} // namespace troupe::test
