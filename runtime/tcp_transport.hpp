#pragma once

#include <memory>

#include "troupe/runtime/readiness_set.hpp"
#include "troupe/runtime/transport.hpp"

namespace troupe {

/// TCP sockets, of IPv4 and IPv6, and Unix sockets, each of them in `sockets`.
std::unique_ptr<transport>
make_tcp_transport(std::shared_ptr<readiness_set> sockets);

} // namespace troupe
