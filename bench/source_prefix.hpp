#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace troupe::bench {

/// The addresses that clients come from: "127.66.0.0/16", or a single one. All
/// of 127.0.0.0/8 may be bound without set-up.
class source_prefix {
public:
  static std::optional<source_prefix> parse(const std::string& text) {
    auto slash = text.find('/');
    unsigned bits = 32;
    if (slash != text.npos) {
      auto* end = text.data() + text.size();
      auto [rest, error] = std::from_chars(text.data() + slash + 1, end, bits);
      if (error != std::errc{} || rest != end || bits > 32)
        return std::nullopt;
    }
    in_addr address{};
    if (inet_pton(AF_INET, text.substr(0, slash).c_str(), &address) != 1)
      return std::nullopt;
    auto hosts = (std::uint64_t{1} << (32 - bits)) - 1;
    auto first = ntohl(address.s_addr);
    if ((first & hosts) != 0)
      return std::nullopt;
    return source_prefix{first, hosts + 1};
  }

  /// Of client number `index`, with any port. Clients share addresses if there
  /// are too few; a network's first and last address are nobody's.
  sockaddr_in of_client(std::size_t index) const noexcept {
    auto is_network = count_ > 2;
    auto usable = is_network ? count_ - 2 : count_;
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_addr.s_addr
      = htonl(first_ + static_cast<std::uint32_t>(index % usable + is_network));
    return result;
  }

private:
  source_prefix(std::uint32_t first, std::uint64_t count) noexcept
    : first_(first), count_(count) {
    // nop
  }

  std::uint32_t first_;
  std::uint64_t count_;
};

} // namespace troupe::bench
