#pragma once

#include <cstdint>
#include <string>

#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/timer_wheel.hpp"

namespace troupe {

/// Flow: from runtime/broker, to runtime/connection_io.
/// Makes one connection to a peer: attempts with a time limit each, and pauses
/// in between that double. Ends by giving the connection its socket, or by
/// telling it why there is none.
class connector final : public timer_wheel::timer {
public:
  connector(worker& home, std::uint64_t token, connection_io_ptr io,
            const connect_options& options);

  ~connector() override;

  std::uint64_t token() const noexcept {
    return token_;
  }

  /// Begins an attempt.
  void start();

  /// The attempt has ended.
  void socket_ready();

  /// The attempt takes too long, or the pause is over.
  void expired(std::uint64_t now_ns) override;

  void cancel();

private:
  void failed(const std::string& why);

  worker& home_;
  std::uint64_t token_;
  connection_io_ptr io_;
  connect_options options_;
  socket_handle socket_ = socket_handle::none;
  std::uint32_t attempts_ = 0;
  std::uint64_t backoff_ms_;
};

} // namespace troupe
