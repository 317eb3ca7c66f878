// What does an echo of length-prefixed frames cost that is written by hand on
// Asio? The mark to beat for `echo_bench`. One thread. Frames are checked one
// by one; as an echo answers with the bytes it got, all complete frames of a
// read go out in one write from where they lie, without a copy.

#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/write.hpp>

#include "troupe/bench/asio_server.hpp"
#include "troupe/bench/echo_buffer.hpp"

namespace {

using namespace troupe::bench;

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

} // namespace

int main() {
  return serve<session>();
}
