#pragma once

#include <sys/socket.h>

#include "troupe/runtime/endpoint.hpp"

namespace troupe {

/// A socket address as the kernel has it.
struct native_address {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* data() noexcept {
    return reinterpret_cast<sockaddr*>(&storage);
  }
};

native_address to_native(const endpoint& x);

/// Of an IP address.
endpoint from_native(const native_address& x);

} // namespace troupe
