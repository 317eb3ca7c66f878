#include "troupe/runtime/address_prefix.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace troupe {

namespace {

unsigned bits_max(const endpoint& x) noexcept {
  return x.is_v6 ? 128 : 32;
}

bool bit(const endpoint& x, unsigned i) noexcept {
  return (x.address[i / 8] >> (7 - i % 8) & 1) != 0;
}

} // namespace

bool address_prefix::contains(const endpoint& x) const noexcept {
  if (x.is_unix() || x.is_v6 != network.is_v6)
    return false;
  auto whole = bits / 8;
  for (unsigned i = 0; i < whole; ++i)
    if (x.address[i] != network.address[i])
      return false;
  for (auto i = 8 * whole; i < bits; ++i)
    if (bit(x, i) != bit(network, i))
      return false;
  return true;
}

std::string parse_address_prefix(std::string_view text,
                                 address_prefix& result) {
  address_prefix x;
  auto slash = text.find('/');
  std::string host{text.substr(0, slash)};
  x.network.is_v6 = host.find(':') != std::string::npos;
  auto family = x.network.is_v6 ? AF_INET6 : AF_INET;
  if (inet_pton(family, host.c_str(), x.network.address.data()) != 1)
    return "\"" + host + "\" is not an IP address";
  x.bits = bits_max(x.network);
  if (slash != std::string_view::npos) {
    auto number = text.substr(slash + 1);
    auto [end, error] = std::from_chars(number.data(),
                                        number.data() + number.size(), x.bits);
    if (error != std::errc{} || end != number.data() + number.size()
        || x.bits > bits_max(x.network))
      return "\"" + std::string{number}
             + "\" is not a number of bits from 0 to "
             + std::to_string(bits_max(x.network));
  }
  for (auto i = x.bits; i < bits_max(x.network); ++i)
    if (bit(x.network, i))
      return host + " has bits beyond its first " + std::to_string(x.bits);
  result = x;
  return {};
}

std::string to_string(const address_prefix& x) {
  return address_text(x.network) + "/" + std::to_string(x.bits);
}

} // namespace troupe
