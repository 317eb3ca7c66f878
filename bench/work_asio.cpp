// What does a protobuf request cost on plain Asio? A peer of `troupe-work`, for
// requests that ask for nothing but an answer, and for `echo_bench`: one
// thread, the messages of `examples/work`, all answers to a read in one write.

#include <cstddef>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/write.hpp>

#include "troupe/bench/asio_server.hpp"
#include "troupe/bench/echo_buffer.hpp"

#include "work/work.pb.h"

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
    auto space = asio::buffer(on.requests_.space(), on.requests_.space_bytes());
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
    auto run = on.requests_.received(count);
    if (run.too_large || !on.answer({on.requests_.data(), run.bytes}))
      return;
    on.requests_.sent(run);
    if (on.answers_.empty()) {
      read(std::move(self));
      return;
    }
    asio::async_write(on.socket_, asio::buffer(on.answers_),
                      [self = std::move(self)](std::error_code error,
                                               std::size_t) mutable {
                        if (error)
                          return;
                        self->answers_.clear();
                        read(std::move(self));
                      });
  }

  /// Answers false for what is no request, or asks for more than an answer.
  bool answer(std::string_view frames) {
    while (!frames.empty()) {
      auto size = payload_bytes(frames.data());
      auto payload = frames.substr(frame_header_bytes, size);
      frames.remove_prefix(frame_header_bytes + size);
      if (!work_.ParseFromArray(payload.data(), static_cast<int>(size))
          || work_.spin_us() > 0 || work_.sleep_us() > 0
          || work_.allocate_bytes() > 0 || work_.reply_bytes() > 0)
        return false;
      done_.set_id(work_.id());
      auto bytes = done_.ByteSizeLong();
      auto begin = answers_.size();
      answers_.resize(begin + frame_header_bytes + bytes);
      auto* out = answers_.data() + begin;
      store_frame_header(out, bytes);
      done_.SerializeToArray(out + frame_header_bytes, static_cast<int>(bytes));
    }
    return true;
  }

  tcp_socket socket_;
  echo_buffer requests_;
  std::vector<char> answers_;
  // Reused, which saves what they hold from being allocated anew.
  work::Work work_;
  work::WorkDone done_;
};

} // namespace

int main() {
  return serve<session>();
}
