#include <array>
#include <cerrno>
#include <optional>
#include <variant>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "troupe/runtime/asio_context.hpp"
#include "troupe/runtime/asio_poller.hpp"
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

class asio_transport final : public transport {
public:
  explicit asio_transport(asio_context& context) : context_(context) {
    // nop
  }

  io_result listen(endpoint& address, socket_handle& socket) override {
    asio::error_code error;
    tcp::acceptor acceptor{context_.io()};
    auto local = to_asio(address);
    acceptor.open(local.protocol(), error);
    if (!error)
      acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error)
      acceptor.bind(local, error);
    if (!error)
      acceptor.listen(limits::listen_backlog, error);
    if (!error)
      acceptor.native_non_blocking(true, error);
    if (!error)
      address = from_asio(acceptor.local_endpoint(error));
    if (error)
      return to_result(error);
    socket = keep(std::move(acceptor));
    return {};
  }

  io_result accept(socket_handle listener, unowned_socket& accepted,
                   endpoint& peer) override {
    // The accepted socket may belong to another worker's loop, so it must not
    // be registered with this one, which Asio's own accept would do.
    auto& acceptor = std::get<tcp::acceptor>(at(listener));
    tcp::endpoint from;
    auto size = static_cast<socklen_t>(from.capacity());
    auto native = ::accept4(acceptor.native_handle(), from.data(), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (native < 0)
      return to_result({errno, asio::error::get_system_category()});
    from.resize(size);
    accepted = {native};
    peer = from_asio(from);
    return {};
  }

  io_result adopt(unowned_socket accepted, socket_handle& socket) override {
    asio::error_code error;
    tcp::socket result{context_.io()};
    sockaddr_storage local{};
    socklen_t size = sizeof(local);
    ::getsockname(accepted.native, reinterpret_cast<sockaddr*>(&local), &size);
    result.assign(local.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(),
                  accepted.native, error);
    if (error) {
      discard(accepted);
      return to_result(error);
    }
    return keep_stream(std::move(result), socket);
  }

  void discard(unowned_socket accepted) override {
    ::close(accepted.native);
  }

  io_result connect(const endpoint& peer, socket_handle& socket) override {
    asio::error_code error;
    tcp::socket result{context_.io()};
    auto remote = to_asio(peer);
    result.open(remote.protocol(), error);
    if (error)
      return to_result(error);
    auto native = result.native_handle();
    if (auto kept = keep_stream(std::move(result), socket);
        kept.status != io_status::done)
      return kept;
    if (::connect(native, remote.data(), static_cast<socklen_t>(remote.size()))
          != 0
        && errno != EINPROGRESS) {
      auto failed = to_result({errno, asio::error::get_system_category()});
      close(socket);
      socket = socket_handle::none;
      return failed;
    }
    return {};
  }

  io_result connected(socket_handle socket) override {
    int value = 0;
    socklen_t size = sizeof(value);
    ::getsockopt(stream(socket).native_handle(), SOL_SOCKET, SO_ERROR, &value,
                 &size);
    return to_result({value, asio::error::get_system_category()});
  }

  io_result read(socket_handle socket, std::span<std::byte> into) override {
    asio::error_code error;
    auto bytes
      = stream(socket).read_some(asio::buffer(into.data(), into.size()), error);
    return to_result(error, bytes);
  }

  io_result write(socket_handle socket, std::span<const slice> slices,
                  std::size_t skip) override {
    asio::error_code error;
    if (slices.size() == 1) {
      auto first = slices.front().bytes().subspan(skip);
      auto bytes = stream(socket).write_some(
        asio::buffer(first.data(), first.size()), error);
      return to_result(error, bytes);
    }
    gathered_.clear();
    for (auto& x :
         slices.first(std::min(slices.size(), limits::gathered_slices_max))) {
      auto bytes = x.bytes().subspan(gathered_.empty() ? skip : 0);
      gathered_.push_back(asio::buffer(bytes.data(), bytes.size()));
    }
    auto bytes = stream(socket).write_some(gathered_, error);
    return to_result(error, bytes);
  }

  void shutdown_write(socket_handle socket) override {
    asio::error_code ignored;
    stream(socket).shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close(socket_handle socket) override {
    at(socket) = std::monostate{};
    unused_.push_back(socket);
  }

  void watch(socket_handle socket, readiness what,
             std::uint64_t token) override {
    auto wanted = what == readiness::readable ? tcp::socket::wait_read
                                              : tcp::socket::wait_write;
    auto collect = [&context = context_, token,
                    what](const asio::error_code& error) {
      if (error != asio::error::operation_aborted)
        context.collect(token, what);
    };
    if (auto* x = std::get_if<tcp::socket>(&at(socket)))
      x->async_wait(wanted, collect);
    else
      std::get<tcp::acceptor>(at(socket)).async_wait(wanted, collect);
  }

private:
  using entry = std::variant<std::monostate, tcp::socket, tcp::acceptor>;

  entry& at(socket_handle socket) {
    return entries_[static_cast<std::size_t>(socket)];
  }

  tcp::socket& stream(socket_handle socket) {
    return *std::get_if<tcp::socket>(&at(socket));
  }

  template <class Socket>
  socket_handle keep(Socket x) {
    if (unused_.empty()) {
      entries_.emplace_back(std::move(x));
      return static_cast<socket_handle>(entries_.size() - 1);
    }
    auto result = unused_.back();
    unused_.pop_back();
    at(result) = std::move(x);
    return result;
  }

  io_result keep_stream(tcp::socket x, socket_handle& socket) {
    asio::error_code error;
    x.non_blocking(true, error);
    if (!error)
      x.set_option(tcp::no_delay{true}, error);
    if (error)
      return to_result(error);
    socket = keep(std::move(x));
    return {};
  }

  asio_context& context_;
  std::vector<entry> entries_;
  std::vector<socket_handle> unused_;
  std::vector<asio::const_buffer> gathered_;
};

} // namespace

std::unique_ptr<transport> make_asio_transport(poller& events) {
  return std::make_unique<asio_transport>(static_cast<asio_context&>(events));
}

} // namespace troupe
