#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "troupe/codec/slice.hpp"
#include "troupe/runtime/endpoint.hpp"
#include "troupe/runtime/poller.hpp"

namespace troupe {

/// A socket in one worker's transport.
enum class socket_handle : std::uint32_t { none = UINT32_MAX };

/// An accepted socket on its way to the worker that will own it.
struct unowned_socket {
  int native = -1;
};

enum class io_status : std::uint8_t {
  done,
  would_block,
  /// The peer will send no more.
  end_of_stream,
  /// Out of descriptors or kernel memory: try again later.
  exhausted,
  failed,
};

/// What a socket operation came to.
struct [[nodiscard]] io_result {
  io_status status = io_status::done;
  std::size_t bytes = 0;
  std::error_code error{};
};

/// The seam to sockets. It belongs to one worker and no call blocks. Sockets
/// are watched once: after an event the watcher asks again.
class transport {
public:
  virtual ~transport() = default;

  /// Opens a listening socket; `address` becomes the one that was bound.
  virtual io_result listen(endpoint& address, socket_handle& socket) = 0;

  /// Takes one connection from `listener`.
  virtual io_result accept(socket_handle listener, unowned_socket& accepted,
                           endpoint& peer)
    = 0;

  /// Makes an accepted socket this transport's own.
  virtual io_result adopt(unowned_socket accepted, socket_handle& socket) = 0;

  /// Closes an accepted socket nobody wants.
  virtual void discard(unowned_socket accepted) = 0;

  /// Begins to connect; the socket is writable when that has ended.
  virtual io_result connect(const endpoint& peer, socket_handle& socket) = 0;

  /// How the connecting that was begun has ended.
  virtual io_result connected(socket_handle socket) = 0;

  virtual io_result read(socket_handle socket, std::span<std::byte> into) = 0;

  /// One gathered write of as many of `slices` as the kernel takes. The first
  /// one is without its first `skip` bytes.
  virtual io_result write(socket_handle socket, std::span<const slice> slices,
                          std::size_t skip)
    = 0;

  /// Tells the peer that no more will be sent.
  virtual void shutdown_write(socket_handle socket) = 0;

  /// Closes a socket of any kind and forgets its watches.
  virtual void close(socket_handle socket) = 0;

  /// Asks for an event with `token` whenever `native`, the descriptor of
  /// another event loop, is readable, until `forget_loop`.
  virtual io_result watch_loop(int native, std::uint64_t token) = 0;
  virtual void forget_loop(int native) = 0;

  /// Asks for one event with `token` when `socket` is ready for `what`.
  virtual void watch(socket_handle socket, readiness what, std::uint64_t token)
    = 0;
};

} // namespace troupe
