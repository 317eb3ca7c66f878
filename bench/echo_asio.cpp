// What does an echo of length-prefixed frames cost that is written by hand on
// Asio? The mark to beat for `echo_bench`. One thread. Frames are checked one
// by one; as an echo answers with the bytes it got, all complete frames of a
// read go out in one write from where they lie, without a copy.

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/address_v4.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/signal_set.hpp>
#include <asio/write.hpp>

#include "troupe/bench/frame_run.hpp"

namespace {

using namespace troupe::bench;

// Sockets with the concrete executor: the type-erased default costs time.
using tcp_socket
  = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using tcp_acceptor
  = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

// Enough for 128 frames of the benches in one read. Pages that no read has
// reached are not resident, so an idle connection does not pay for all of it.
constexpr std::size_t buffer_bytes = 16 * 1024;

/// Lives as long as the one operation that is under way for it.
class session {
public:
  using pointer = std::unique_ptr<session>;

  explicit session(tcp_socket socket) : socket_(std::move(socket)) {
    // nop
  }

  static void read(pointer self) {
    auto& on = *self;
    auto space = asio::buffer(on.data_.get() + on.size_,
                              on.capacity_ - on.size_);
    on.socket_.async_read_some(
      space, [self = std::move(self)](std::error_code error,
                                      std::size_t count) mutable {
        if (!error)
          received(std::move(self), count);
      });
  }

private:
  static void received(pointer self, std::size_t count) {
    auto& on = *self;
    on.size_ += count;
    auto run = find_frames(on.data_.get(), on.size_);
    if (run.too_large)
      return;
    if (run.bytes == 0) {
      on.make_space(run.next_frame_bytes);
      read(std::move(self));
      return;
    }
    asio::async_write(on.socket_, asio::buffer(on.data_.get(), run.bytes),
                      [self = std::move(self), run](std::error_code error,
                                                    std::size_t) mutable {
                        if (error)
                          return;
                        self->consume(run.bytes);
                        self->make_space(run.next_frame_bytes);
                        read(std::move(self));
                      });
  }

  void consume(std::size_t count) {
    size_ -= count;
    if (size_ > 0)
      std::memmove(data_.get(), data_.get() + count, size_);
  }

  // Doubles, rather than to trust the length a peer claims.
  void make_space(std::size_t frame_bytes) {
    if (size_ < capacity_ || frame_bytes <= capacity_)
      return;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_ * 2);
    std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ *= 2;
  }

  tcp_socket socket_;
  std::size_t size_ = 0;
  std::size_t capacity_ = buffer_bytes;
  std::unique_ptr<char[]> data_
    = std::make_unique_for_overwrite<char[]>(buffer_bytes);
};

void accept(tcp_acceptor& acceptor) {
  acceptor.async_accept([&acceptor](std::error_code error, tcp_socket socket) {
    if (error == asio::error::operation_aborted)
      return;
    if (error) {
      std::fprintf(stderr, "accept: %s\n", error.message().c_str());
    } else {
      std::error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
      session::read(std::make_unique<session>(std::move(socket)));
    }
    accept(acceptor);
  });
}

} // namespace

int main() {
  asio::io_context context{ASIO_CONCURRENCY_HINT_UNSAFE};
  asio::ip::tcp::endpoint loopback{asio::ip::address_v4::loopback(), 0};
  tcp_acceptor acceptor{context, loopback};
  asio::signal_set signals{context, SIGTERM, SIGINT};
  signals.async_wait([&context](std::error_code, int) { context.stop(); });
  accept(acceptor);
  std::printf("listening on 127.0.0.1:%u\n",
              unsigned{acceptor.local_endpoint().port()});
  std::fflush(stdout);
  context.run();
  return 0;
}
