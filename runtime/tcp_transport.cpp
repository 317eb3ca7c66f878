#include "troupe/runtime/tcp_transport.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "troupe/runtime/limits.hpp"

namespace troupe {

namespace {

using asio::ip::tcp;

tcp::endpoint to_asio(const endpoint& x) {
  if (x.is_v6)
    return {asio::ip::address_v6{x.address}, x.port};
  asio::ip::address_v4::bytes_type bytes;
  std::copy_n(x.address.begin(), bytes.size(), bytes.begin());
  return {asio::ip::address_v4{bytes}, x.port};
}

endpoint from_asio(const tcp::endpoint& x) {
  endpoint result;
  result.port = x.port();
  result.is_v6 = x.address().is_v6();
  if (result.is_v6) {
    result.address = x.address().to_v6().to_bytes();
  } else {
    auto bytes = x.address().to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), result.address.begin());
  }
  return result;
}

/// The one place where Asio's errors become ours.
io_result to_result(const asio::error_code& error, std::size_t bytes = 0) {
  if (!error)
    return {io_status::done, bytes, {}};
  if (error == asio::error::would_block || error == asio::error::try_again
      || error == asio::error::in_progress || error == asio::error::interrupted)
    return {io_status::would_block, 0, {}};
  if (error == asio::error::eof)
    return {io_status::end_of_stream, 0, {}};
  if (error == asio::error::no_descriptors || error.value() == ENFILE
      || error == asio::error::no_buffer_space
      || error == asio::error::no_memory)
    return {io_status::exhausted, 0, error};
  return {io_status::failed, 0, error};
}

io_result last_error() {
  return to_result({errno, asio::error::get_system_category()});
}

/// A descriptor that is closed unless it is released.
class owned_descriptor {
public:
  explicit owned_descriptor(int native) noexcept : native_(native) {
    // nop
  }

  owned_descriptor(const owned_descriptor&) = delete;
  owned_descriptor& operator=(const owned_descriptor&) = delete;

  ~owned_descriptor() {
    if (native_ >= 0)
      ::close(native_);
  }

  int get() const noexcept {
    return native_;
  }

  int release() noexcept {
    return std::exchange(native_, -1);
  }

private:
  int native_;
};

void set_option(int native, int level, int name) {
  int on = 1;
  ::setsockopt(native, level, name, &on, sizeof(on));
}

class tcp_transport final : public transport {
public:
  explicit tcp_transport(std::shared_ptr<readiness_set> sockets)
    : sockets_(std::move(sockets)) {
    // nop
  }

  io_result listen(endpoint& address, socket_handle& socket) override {
    auto local = to_asio(address);
    auto opened = open(local);
    auto native = opened.get();
    if (native < 0)
      return last_error();
    set_option(native, SOL_SOCKET, SO_REUSEADDR);
    if (::bind(native, local.data(), static_cast<socklen_t>(local.size())) != 0
        || ::listen(native, limits::listen_backlog) != 0)
      return last_error();
    auto size = static_cast<socklen_t>(local.capacity());
    if (::getsockname(native, local.data(), &size) != 0)
      return last_error();
    local.resize(size);
    address = from_asio(local);
    return keep(opened, socket);
  }

  io_result accept(socket_handle listener, unowned_socket& accepted,
                   endpoint& peer) override {
    tcp::endpoint from;
    auto size = static_cast<socklen_t>(from.capacity());
    auto native = ::accept4(sockets_->native(listener), from.data(), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (native < 0) {
      auto result = last_error();
      note(listener, readiness::readable, result);
      return result;
    }
    from.resize(size);
    accepted = {native};
    peer = from_asio(from);
    return {};
  }

  io_result adopt(unowned_socket accepted, socket_handle& socket) override {
    owned_descriptor native{accepted.native};
    set_option(native.get(), IPPROTO_TCP, TCP_NODELAY);
    return keep(native, socket);
  }

  void discard(unowned_socket accepted) override {
    ::close(accepted.native);
  }

  io_result connect(const endpoint& peer, socket_handle& socket) override {
    auto remote = to_asio(peer);
    auto opened = open(remote);
    if (opened.get() < 0)
      return last_error();
    set_option(opened.get(), IPPROTO_TCP, TCP_NODELAY);
    if (::connect(opened.get(), remote.data(),
                  static_cast<socklen_t>(remote.size()))
          != 0
        && errno != EINPROGRESS)
      return last_error();
    return keep(opened, socket);
  }

  io_result connected(socket_handle socket) override {
    int value = 0;
    socklen_t size = sizeof(value);
    ::getsockopt(sockets_->native(socket), SOL_SOCKET, SO_ERROR, &value, &size);
    return to_result({value, asio::error::get_system_category()});
  }

  io_result read(socket_handle socket, std::span<std::byte> into) override {
    auto bytes = ::recv(sockets_->native(socket), into.data(), into.size(), 0);
    if (bytes == 0)
      return {io_status::end_of_stream, 0, {}};
    if (bytes < 0) {
      auto result = last_error();
      note(socket, readiness::readable, result);
      return result;
    }
    auto count = static_cast<std::size_t>(bytes);
    if (count < into.size())
      sockets_->read_short(socket);
    return {io_status::done, count, {}};
  }

  io_result write(socket_handle socket, std::span<const slice> slices,
                  std::size_t skip) override {
    auto native = sockets_->native(socket);
    ssize_t bytes = 0;
    if (slices.size() == 1) {
      auto only = slices.front().bytes().subspan(skip);
      bytes = ::send(native, only.data(), only.size(), MSG_NOSIGNAL);
    } else {
      gathered_.clear();
      for (auto& x :
           slices.first(std::min(slices.size(), limits::gathered_slices_max))) {
        auto part = x.bytes().subspan(gathered_.empty() ? skip : 0);
        gathered_.push_back({const_cast<std::byte*>(part.data()), part.size()});
      }
      msghdr message{};
      message.msg_iov = gathered_.data();
      message.msg_iovlen = gathered_.size();
      bytes = ::sendmsg(native, &message, MSG_NOSIGNAL);
    }
    if (bytes >= 0)
      return {io_status::done, static_cast<std::size_t>(bytes), {}};
    auto result = last_error();
    note(socket, readiness::writable, result);
    return result;
  }

  void shutdown_write(socket_handle socket) override {
    ::shutdown(sockets_->native(socket), SHUT_WR);
  }

  void close(socket_handle socket) override {
    sockets_->close(socket);
  }

  void watch(socket_handle socket, readiness what,
             std::uint64_t token) override {
    sockets_->watch(socket, what, token);
  }

private:
  static owned_descriptor open(const tcp::endpoint& address) {
    return owned_descriptor{::socket(address.protocol().family(),
                                     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                     IPPROTO_TCP)};
  }

  io_result keep(owned_descriptor& native, socket_handle& socket) {
    socket = sockets_->add(native.get());
    if (socket == socket_handle::none)
      return last_error();
    native.release();
    return {};
  }

  void note(socket_handle socket, readiness what, const io_result& result) {
    if (result.status == io_status::would_block)
      sockets_->exhausted(socket, what);
  }

  std::shared_ptr<readiness_set> sockets_;
  std::vector<iovec> gathered_;
};

} // namespace

std::unique_ptr<transport>
make_tcp_transport(std::shared_ptr<readiness_set> sockets) {
  return std::make_unique<tcp_transport>(std::move(sockets));
}

} // namespace troupe
