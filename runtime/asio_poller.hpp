#pragma once

#include <memory>

#include "troupe/runtime/poller.hpp"
#include "troupe/runtime/transport.hpp"

namespace troupe {

/// Flow: from the kernel's readiness, to runtime/broker.
/// Asio as the source of events. It must outlive the transport made on it.
std::unique_ptr<poller> make_asio_poller();

/// Sockets of Asio's, watched by `events`, which `make_asio_poller` made.
std::unique_ptr<transport> make_asio_transport(poller& events);

} // namespace troupe
