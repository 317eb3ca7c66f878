#include "troupe/runtime/asio_poller.hpp"

#include <chrono>

#include <asio/post.hpp>

#include "troupe/runtime/asio_context.hpp"

namespace troupe {

asio_context::asio_context() : work_(io_.get_executor()) {
  // nop
}

void asio_context::poll(std::vector<socket_event>& ready) {
  io_.poll();
  hand_over(ready);
}

void asio_context::wait(std::uint64_t timeout_ns,
                        std::vector<socket_event>& ready) {
  io_.run_one_for(std::chrono::nanoseconds{timeout_ns});
  io_.poll();
  hand_over(ready);
}

void asio_context::interrupt() noexcept {
  asio::post(io_, [] {});
}

void asio_context::hand_over(std::vector<socket_event>& ready) {
  ready.insert(ready.end(), ready_.begin(), ready_.end());
  ready_.clear();
}

std::unique_ptr<poller> make_asio_poller() {
  return std::make_unique<asio_context>();
}

} // namespace troupe
