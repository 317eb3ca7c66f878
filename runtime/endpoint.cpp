#include "troupe/runtime/endpoint.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <charconv>

namespace troupe {

namespace {

constexpr std::string_view unix_prefix = "unix:";

/// Without the zero at its end.
constexpr std::size_t path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;

} // namespace

std::optional<endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with(unix_prefix)) {
    auto path = text.substr(unix_prefix.size());
    if (!path.starts_with('/') || path.ends_with('/')
        || path.size() > path_bytes_max || path.find('\0') != path.npos)
      return std::nullopt;
    endpoint result;
    result.path = path;
    return result;
  }
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
  if (x.is_unix())
    return std::string{unix_prefix} + x.path;
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(x.is_v6 ? AF_INET6 : AF_INET, x.address.data(), text, sizeof(text));
  return text;
}

std::string to_string(const endpoint& x) {
  if (x.is_unix())
    return address_text(x);
  auto host = x.is_v6 ? "[" + address_text(x) + "]" : address_text(x);
  return host + ":" + std::to_string(x.port);
}

} // namespace troupe
