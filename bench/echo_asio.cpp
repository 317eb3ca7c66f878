// What does an echo of length-prefixed frames cost that is written by hand on
// Asio? The mark to beat for `echo_bench`. One thread. Frames are checked one
// by one; as an echo answers with the bytes it got, all complete frames of a
// read go out in one write from where they lie, without a copy.

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/address_v4.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/signal_set.hpp>
#include <asio/write.hpp>

#include "troupe/bench/echo_buffer.hpp"

namespace {

using namespace troupe::bench;

// Sockets with the concrete executor: the type-erased default costs time.
using tcp_socket
  = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using tcp_acceptor
  = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

/// Lives as long as the one operation that is under way for it.
class session {
public:
  using pointer = std::unique_ptr<session>;

  explicit session(tcp_socket socket) : socket_(std::move(socket)) {
    // nop
  }

  static void read(pointer self) {
    auto& on = *self;
    auto space = asio::buffer(on.buffer_.space(), on.buffer_.space_bytes());
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
    auto run = on.buffer_.received(count);
    if (run.too_large)
      return;
    if (run.bytes == 0) {
      on.buffer_.sent(run);
      read(std::move(self));
      return;
    }
    asio::async_write(on.socket_, asio::buffer(on.buffer_.data(), run.bytes),
                      [self = std::move(self), run](std::error_code error,
                                                    std::size_t) mutable {
                        if (error)
                          return;
                        self->buffer_.sent(run);
                        read(std::move(self));
                      });
  }

  tcp_socket socket_;
  echo_buffer buffer_;
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
