#include "troupe/runtime/tcp_transport.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/native_address.hpp"
#include "troupe/runtime/unix_socket.hpp"

namespace troupe {

namespace {

/// Who is at the other end of a Unix socket; it has no address.
endpoint peer_of(int native) {
  ucred who{};
  socklen_t size = sizeof(who);
  ::getsockopt(native, SOL_SOCKET, SO_PEERCRED, &who, &size);
  endpoint result;
  result.path = "pid=" + std::to_string(who.pid);
  return result;
}

/// The one place where the kernel's errors become ours.
io_result to_result(int error) {
  switch (error) {
    case 0:
      return {};
    case EAGAIN:
    case EINPROGRESS:
      return {io_status::would_block, 0, {}};
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return {io_status::exhausted, 0, {error, std::system_category()}};
    default:
      return {io_status::failed, 0, {error, std::system_category()}};
  }
}

io_result last_error() {
  return to_result(errno);
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

// Not by glibc's functions of these names: they are cancellation points, which
// in a process with threads costs two atomic operations before and after.

ssize_t receive(int native, std::span<std::byte> into) noexcept {
  return ::syscall(SYS_recvfrom, native, into.data(), into.size(), 0, nullptr,
                   nullptr);
}

ssize_t send(int native, std::span<const std::byte> bytes) noexcept {
  return ::syscall(SYS_sendto, native, bytes.data(), bytes.size(), MSG_NOSIGNAL,
                   nullptr, 0);
}

class tcp_transport final : public transport {
public:
  explicit tcp_transport(std::shared_ptr<readiness_set> sockets)
    : sockets_(std::move(sockets)) {
    // nop
  }

  io_result listen(endpoint& wanted, socket_handle& socket) override {
    auto local = to_native(wanted);
    auto opened = open(local);
    auto native = opened.get();
    if (native < 0)
      return last_error();
    if (wanted.is_unix()) {
      unix_socket_file file;
      if (auto error = file.listen(native, wanted.path, limits::listen_backlog))
        return to_result(error);
      auto result = keep(opened, socket);
      if (result.status == io_status::done)
        files_.emplace_back(socket, std::move(file));
      return result;
    }
    set_option(native, SOL_SOCKET, SO_REUSEADDR);
    if (::bind(native, local.data(), local.size) != 0
        || ::listen(native, limits::listen_backlog) != 0)
      return last_error();
    local.size = sizeof(local.storage);
    if (::getsockname(native, local.data(), &local.size) != 0)
      return last_error();
    wanted = from_native(local);
    return keep(opened, socket);
  }

  io_result accept(socket_handle listener, unowned_socket& accepted,
                   endpoint& peer) override {
    native_address from;
    auto native = ::accept4(sockets_->native(listener), from.data(), &from.size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (native < 0) {
      auto result = last_error();
      note(listener, readiness::readable, result);
      return result;
    }
    accepted = {native};
    peer = from.storage.ss_family == AF_UNIX ? peer_of(native)
                                             : from_native(from);
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
    auto remote = to_native(peer);
    auto opened = open(remote);
    if (opened.get() < 0)
      return last_error();
    set_option(opened.get(), IPPROTO_TCP, TCP_NODELAY);
    if (::connect(opened.get(), remote.data(), remote.size) != 0
        && errno != EINPROGRESS) {
      // A Unix socket whose backlog is full; this attempt is over.
      if (errno == EAGAIN)
        return {io_status::exhausted, 0, {EAGAIN, std::system_category()}};
      return last_error();
    }
    return keep(opened, socket);
  }

  io_result connected(socket_handle socket) override {
    int value = 0;
    socklen_t size = sizeof(value);
    ::getsockopt(sockets_->native(socket), SOL_SOCKET, SO_ERROR, &value, &size);
    return to_result(value);
  }

  io_result read(socket_handle socket, std::span<std::byte> into) override {
    auto bytes = receive(sockets_->native(socket), into);
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
      bytes = send(native, only);
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
    std::erase_if(files_, [=](auto& x) { return x.first == socket; });
    sockets_->close(socket);
  }

  io_result watch_loop(int native, std::uint64_t token) override {
    return sockets_->watch_loop(native, token) ? io_result{} : last_error();
  }

  void forget_loop(int native) override {
    sockets_->forget_loop(native);
  }

  void watch(socket_handle socket, readiness what,
             std::uint64_t token) override {
    sockets_->watch(socket, what, token);
  }

private:
  static owned_descriptor open(const native_address& target) {
    return owned_descriptor{::socket(
      target.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
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
  /// Of listeners.
  std::vector<std::pair<socket_handle, unix_socket_file>> files_;
};

} // namespace

std::unique_ptr<transport>
make_tcp_transport(std::shared_ptr<readiness_set> sockets) {
  return std::make_unique<tcp_transport>(std::move(sockets));
}

} // namespace troupe
