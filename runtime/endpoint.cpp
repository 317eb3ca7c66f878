#include "troupe/runtime/endpoint.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace troupe {

std::optional<endpoint> parse_endpoint(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  auto host = std::string{text.substr(0, colon)};
  auto port = text.substr(colon + 1);
  endpoint result;
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(),
                                      result.port);
  if (error != std::errc{} || end != port.data() + port.size())
    return std::nullopt;
  if (host == "*")
    host = "0.0.0.0";
  else if (host == "localhost")
    host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    result.is_v6 = true;
    host = host.substr(1, host.size() - 2);
  }
  auto family = result.is_v6 ? AF_INET6 : AF_INET;
  if (inet_pton(family, host.c_str(), result.address.data()) != 1)
    return std::nullopt;
  return result;
}

std::string address_text(const endpoint& x) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(x.is_v6 ? AF_INET6 : AF_INET, x.address.data(), text, sizeof(text));
  return text;
}

std::string to_string(const endpoint& x) {
  auto host = x.is_v6 ? "[" + address_text(x) + "]" : address_text(x);
  return host + ":" + std::to_string(x.port);
}

} // namespace troupe
