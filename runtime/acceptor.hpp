#pragma once

#include <cstdint>

#include "troupe/runtime/address_payers.hpp"
#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/timer_wheel.hpp"

namespace troupe {

/// Flow: from runtime/broker, to the broker of the worker chosen.
/// One listening socket. Accepts a few connections a turn on the bill of the
/// resource container "accepting", spreads them over the workers, and pauses
/// when the process is out of descriptors.
class acceptor final : public runnable, public timer_wheel::timer {
public:
  acceptor(worker& home, std::uint64_t token, socket_handle socket,
           listener_spec_ptr spec);

  ~acceptor() override;

  void socket_ready();

  bool run(worker& here, turn& now) override;

  void discard() noexcept override;

  void expired(std::uint64_t now_ns) override;

  /// Closes the socket.
  void close();

private:
  void pause(const io_result& why);
  void hand_over(unowned_socket accepted, const endpoint& peer);

  worker& home_;
  std::uint64_t token_;
  socket_handle socket_;
  listener_spec_ptr spec_;
  address_payers payers_;
  bool is_queued_ = false;
};

} // namespace troupe
