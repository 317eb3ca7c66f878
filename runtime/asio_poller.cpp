#include "troupe/runtime/asio_poller.hpp"

#include <chrono>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>

namespace troupe {

namespace {

class asio_poller final : public poller {
public:
  explicit asio_poller(std::shared_ptr<readiness_set> sockets)
    : sockets_(std::move(sockets)),
      work_(io_.get_executor()),
      edges_(io_, sockets_->native()) {
    // nop
  }

  ~asio_poller() override {
    edges_.release();
  }

  void poll(std::vector<socket_event>& ready) override {
    sockets_->collect(ready);
  }

  void wait(std::uint64_t timeout_ns,
            std::vector<socket_event>& ready) override {
    if (!sockets_->has_due()) {
      if (!std::exchange(is_armed_, true))
        edges_.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this](const asio::error_code&) {
                            is_armed_ = false;
                          });
      io_.run_one_for(std::chrono::nanoseconds{timeout_ns});
    }
    sockets_->collect(ready);
  }

  void interrupt() noexcept override {
    asio::post(io_, [] {});
  }

private:
  std::shared_ptr<readiness_set> sockets_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::posix::stream_descriptor edges_;
  bool is_armed_ = false;
};

} // namespace

std::unique_ptr<poller>
make_asio_poller(std::shared_ptr<readiness_set> sockets) {
  return std::make_unique<asio_poller>(std::move(sockets));
}

} // namespace troupe
