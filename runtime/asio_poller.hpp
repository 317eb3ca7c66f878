#pragma once

#include <memory>

#include "troupe/runtime/poller.hpp"
#include "troupe/runtime/readiness_set.hpp"

namespace troupe {

/// One worker's Asio event loop, in which it sleeps and is interrupted. The
/// loop watches all of `sockets` as one descriptor.
std::unique_ptr<poller>
make_asio_poller(std::shared_ptr<readiness_set> sockets);

} // namespace troupe
