#pragma once

#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "troupe/runtime/poller.hpp"

namespace troupe {

/// One worker's Asio event loop and the events it has collected. The hint takes
/// out Asio's lock around each socket, which only this worker touches; the
/// loop itself stays safe to interrupt from other threads.
class asio_context final : public poller {
public:
  asio_context();

  void poll(std::vector<socket_event>& ready) override;

  void wait(std::uint64_t timeout_ns,
            std::vector<socket_event>& ready) override;

  void interrupt() noexcept override;

  asio::io_context& io() noexcept {
    return io_;
  }

  void collect(std::uint64_t token, readiness what) {
    ready_.push_back({token, what});
  }

private:
  void hand_over(std::vector<socket_event>& ready);

  asio::io_context io_{ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<socket_event> ready_;
};

} // namespace troupe
