#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// An IP address and a TCP port.
struct endpoint {
  /// Network byte order; an IPv4 address uses the first four bytes.
  std::array<std::uint8_t, 16> address{};
  bool is_v6 = false;
  std::uint16_t port = 0;

  auto operator<=>(const endpoint&) const = default;
};

/// Reads "127.0.0.1:80", "[::1]:80", "localhost:80" or "*:80" (any IPv4
/// address). Other host names are not looked up. Port 0 asks for a free one.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// The address alone, e.g. "127.0.0.1" or "::1".
std::string address_text(const endpoint& x);

/// The same form, e.g. "127.0.0.1:80" or "[::1]:80".
std::string to_string(const endpoint& x);

} // namespace troupe
