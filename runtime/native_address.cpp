#include "troupe/runtime/native_address.hpp"

#include <cstring>

#include <netinet/in.h>
#include <sys/un.h>

namespace troupe {

namespace {

template <class Native>
native_address wrap(const Native& x) {
  native_address result;
  std::memcpy(&result.storage, &x, sizeof(x));
  result.size = sizeof(x);
  return result;
}

template <class Native>
Native unwrap(const native_address& x) {
  Native result;
  std::memcpy(&result, &x.storage, sizeof(result));
  return result;
}

} // namespace

native_address to_native(const endpoint& x) {
  if (x.is_unix()) {
    sockaddr_un native{};
    native.sun_family = AF_UNIX;
    x.path.copy(native.sun_path, sizeof(native.sun_path) - 1);
    return wrap(native);
  }
  if (x.is_v6) {
    sockaddr_in6 native{};
    native.sin6_family = AF_INET6;
    native.sin6_port = htons(x.port);
    std::memcpy(&native.sin6_addr, x.address.data(), sizeof(native.sin6_addr));
    return wrap(native);
  }
  sockaddr_in native{};
  native.sin_family = AF_INET;
  native.sin_port = htons(x.port);
  std::memcpy(&native.sin_addr, x.address.data(), sizeof(native.sin_addr));
  return wrap(native);
}

endpoint from_native(const native_address& x) {
  endpoint result;
  result.is_v6 = x.storage.ss_family == AF_INET6;
  if (result.is_v6) {
    auto native = unwrap<sockaddr_in6>(x);
    std::memcpy(result.address.data(), &native.sin6_addr,
                sizeof(native.sin6_addr));
    result.port = ntohs(native.sin6_port);
    // An IPv4 peer of an IPv6 listener is what it is to rules about addresses.
    if (IN6_IS_ADDR_V4MAPPED(&native.sin6_addr)) {
      result.is_v6 = false;
      result.address = {};
      std::memcpy(result.address.data(), native.sin6_addr.s6_addr + 12, 4);
    }
  } else {
    auto native = unwrap<sockaddr_in>(x);
    std::memcpy(result.address.data(), &native.sin_addr,
                sizeof(native.sin_addr));
    result.port = ntohs(native.sin_port);
  }
  return result;
}

} // namespace troupe
