#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// An IP address and a TCP port, or a Unix socket.
struct endpoint {
  /// Network byte order; an IPv4 address uses the first four bytes.
  std::array<std::uint8_t, 16> address{};
  bool is_v6 = false;
  std::uint16_t port = 0;
  /// Of a Unix socket, absolute and of at most 107 bytes; else empty. The peer
  /// of a Unix socket has no path; in its place is "pid=" and the number of the
  /// process that has connected.
  std::string path{};

  bool is_unix() const noexcept {
    return !path.empty();
  }

  auto operator<=>(const endpoint&) const = default;
};

/// Reads "127.0.0.1:80", "[::1]:80", "localhost:80", "*:80" (any IPv4 address)
/// or "unix:/run/x". Other host names are not looked up. Port 0 asks for a free
/// one.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// The address alone, e.g. "127.0.0.1", "::1" or "unix:/run/x".
std::string address_text(const endpoint& x);

/// The form that is read, e.g. "127.0.0.1:80", "[::1]:80" or "unix:/run/x".
std::string to_string(const endpoint& x);

} // namespace troupe
