#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "troupe/runtime/poller.hpp"
#include "troupe/runtime/transport.hpp"

namespace troupe {

/// Which of a worker's sockets are ready, as far as the kernel has told.
///
/// Flow: from the kernel's readiness, to runtime/broker.
///
/// A socket is registered once, edge-triggered (`epoll`), and what the kernel
/// tells is remembered until an operation finds the socket exhausted. So while
/// its worker is busy a watch costs no system call, and one collects all
/// events; Asio's `async_wait` arms the descriptor anew each time, which for
/// frames that come one by one is a tenth of what they cost.
class readiness_set {
public:
  readiness_set();

  readiness_set(const readiness_set&) = delete;
  readiness_set& operator=(const readiness_set&) = delete;

  ~readiness_set();

  /// Readable while an edge waits to be collected.
  int native() const noexcept {
    return native_;
  }

  /// Takes over `socket`. Answers `none` and sets `errno` if that fails.
  socket_handle add(int socket);

  /// Closes the socket and forgets its watches.
  void close(socket_handle socket) noexcept;

  int native(socket_handle socket) const noexcept {
    return entries_[index(socket)].native;
  }

  /// Asks for one event, at once if the socket is ready by what is known.
  void watch(socket_handle socket, readiness what, std::uint64_t token);

  /// From now on an event with `token` for each `collect` while `native`, the
  /// descriptor of another event loop, is readable. It stays its owner's.
  /// Answers false and sets `errno` if that fails.
  bool watch_loop(int native, std::uint64_t token);

  void forget_loop(int native) noexcept;

  /// An operation has found that there is nothing more until the next edge.
  void exhausted(socket_handle socket, readiness what) noexcept {
    entries_[index(socket)].sides[side(what)].is_ready = false;
  }

  /// After a read that did not fill its buffer: exhausted, unless the end of
  /// the stream, an error, or what is behind urgent data is still to be read.
  /// That has had its edge.
  void read_short(socket_handle socket) noexcept {
    auto& x = entries_[index(socket)];
    if (!x.may_stop_short)
      x.sides[side(readiness::readable)].is_ready = false;
  }

  /// Whether events are due that need no edge.
  bool has_due() const noexcept {
    return !due_.empty();
  }

  /// Appends all events there are now. Does not wait.
  void collect(std::vector<socket_event>& ready);

private:
  struct watched_side {
    std::uint64_t token = 0;
    bool is_ready = false;
    bool is_watched = false;
  };

  struct entry {
    int native = -1;
    /// Tells apart those that have had this place.
    std::uint32_t generation = 0;
    bool may_stop_short = false;
    std::array<watched_side, 2> sides;
  };

  static std::size_t index(socket_handle x) noexcept {
    return static_cast<std::size_t>(x);
  }

  static std::size_t side(readiness x) noexcept {
    return static_cast<std::size_t>(x);
  }

  int native_;
  /// By the place that their events name.
  std::vector<std::uint64_t> loops_;
  std::vector<entry> entries_;
  std::vector<socket_handle> unused_;
  std::vector<socket_event> due_;
};

} // namespace troupe
