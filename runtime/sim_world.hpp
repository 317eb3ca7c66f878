#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "troupe/runtime/clock.hpp"
#include "troupe/runtime/endpoint.hpp"
#include "troupe/runtime/poller.hpp"
#include "troupe/runtime/transport.hpp"

namespace troupe {

/// What a simulated network and its clocks are like.
struct sim_options {
  /// Decides how bytes are cut and in which order sockets become ready.
  std::uint64_t seed = 1;
  /// What it takes to look at a clock, so that every stretch of work costs.
  std::uint64_t clock_step_ns = 50;
  /// Bytes the kernel keeps for one direction of a connection.
  std::size_t pipe_bytes_max = 64 * 1024;
  /// One read or write moves a random number of bytes up to this; 1 for byte
  /// by byte.
  std::size_t segment_bytes_max = SIZE_MAX;
  /// Whether a read or write moves as much as it can instead.
  bool is_whole = false;
};

/// The other end of a connection, played by a test. A handle: copies are the
/// same peer. The world must outlive it.
class sim_peer {
public:
  /// Sends now what the kernel takes of `text`, and the rest when it has room.
  void send(std::string_view text);

  /// Bytes of `send` the kernel had no room for yet.
  std::size_t unsent_bytes() const noexcept;

  /// All that has been read so far.
  const std::string& received() const noexcept;

  /// The same, which is forgotten.
  std::string take_received();

  /// From now on what arrives stays in the kernel.
  void stop_reading();
  void start_reading();

  /// Sends no more but still reads; what `send` has left is sent before.
  void shutdown_write();

  /// The same, and answers what still arrives with a reset.
  void close();

  /// Ends the connection at once; what is under way is lost.
  void reset();

  /// Whether the other side accepted, or will find it in its backlog.
  bool is_connected() const noexcept;

  /// Whether the other side has said that it sends no more, and all it sent
  /// has been read.
  bool is_ended() const noexcept;

  /// Whether the connection was refused or reset.
  bool is_reset() const noexcept;

  /// The address this end has.
  const endpoint& address() const noexcept;

  class stream;

  explicit sim_peer(stream& x) noexcept : stream_(&x) {
    // nop
  }

private:
  stream* stream_;
};

/// A server's place on the network, played by a test. A handle.
class sim_listener {
public:
  /// The next connection, in the order in which they came.
  std::optional<sim_peer> accept();

  /// Connections that wait to be accepted, or to be answered.
  std::size_t waiting() const noexcept;

  /// Refuses who waits and who comes.
  void close();

  const endpoint& address() const noexcept;

  class state;

  explicit sim_listener(state& x) noexcept : state_(&x) {
    // nop
  }

private:
  state* state_;
};

/// A network in memory with its own time: the three seams of any number of
/// workers, and the peers they talk to.
///
/// It does what a kernel may do, and from one seed always the same: it takes
/// and gives fewer bytes than asked for, has no room, ends, resets and refuses
/// connections, and fails on demand. Using a socket that is closed, or watching
/// one twice, is a mistake of the caller and aborts. Time passes only by
/// looking at a clock, waiting in a poller, `advance`, `burn` and `block`.
///
/// One thread. It must outlive the seams it has made.
class sim_world {
public:
  explicit sim_world(const sim_options& options = {});

  sim_world(const sim_world&) = delete;
  sim_world& operator=(const sim_world&) = delete;

  ~sim_world();

  std::unique_ptr<clock> make_clock(std::size_t worker);
  std::unique_ptr<poller> make_poller(std::size_t worker);
  std::unique_ptr<transport> make_transport(std::size_t worker);

  /// What any clock would show, without the cost of looking.
  std::uint64_t now_ns() const noexcept;

  /// Time passes while nobody works.
  void advance(std::uint64_t ns) noexcept;

  /// Time passes while the worker works that was last to look at its clock.
  void burn(std::uint64_t ns) noexcept;

  /// Time passes while that worker waits for something other than its poller.
  void block(std::uint64_t ns) noexcept;

  /// No poller waits longer than until `ns`; at first there is no such bound.
  void wait_until(std::uint64_t ns) noexcept;

  /// Connects to `to` as a client would. Refused if nobody listens there.
  sim_peer connect(const endpoint& to);

  /// Listens on `address`; port 0 picks a free one. Connections over
  /// `backlog_max` are not answered until there is room: with 0, never.
  sim_listener listen(const endpoint& address, std::size_t backlog_max = 16);

  /// Lets the operation fail that comes after `n` others: a listen, accept,
  /// adopt, connect, connected, read or write of any worker. `how` is `failed`
  /// or `exhausted`; what cannot be exhausted fails. Replaces a former demand.
  void fail_operation(std::uint64_t n, io_status how = io_status::failed);

  /// The name of the operation that failed on demand, empty if none has.
  std::string_view failed_operation() const noexcept;

  /// Operations so far.
  std::uint64_t operations() const noexcept;

  /// A digest of all operations, their times and results.
  std::uint64_t trace_hash() const noexcept;

  /// Sockets that transports have opened or accepted and not closed.
  std::size_t open_sockets() const noexcept;

  class state;

private:
  std::unique_ptr<state> state_;
};

} // namespace troupe
