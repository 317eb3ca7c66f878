#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "troupe/runtime/sim_world.hpp"

/// What is inside a `sim_world`: connections, listeners, sockets, time. Only
/// its own seams and handles see it; all of it lives as long as the world.
namespace troupe {

enum class sim_operation : std::uint8_t {
  listen,
  accept,
  adopt,
  connect,
  connected,
  read,
  write,
  shutdown_write,
  close,
};

constexpr std::string_view to_string(sim_operation x) noexcept {
  constexpr std::string_view names[] = {
    "listen", "accept", "adopt",          "connect", "connected",
    "read",   "write",  "shutdown_write", "close",
  };
  return names[static_cast<std::size_t>(x)];
}

/// How a kernel fails when the reason is its own.
inline io_result sim_failure(sim_operation x, io_status how) {
  auto why = std::errc::connection_reset;
  if (how == io_status::exhausted)
    why = x == sim_operation::read || x == sim_operation::write
            ? std::errc::no_buffer_space
            : std::errc::too_many_files_open;
  else if (x == sim_operation::listen)
    why = std::errc::address_in_use;
  else if (x == sim_operation::accept)
    why = std::errc::connection_aborted;
  else if (x == sim_operation::connect)
    why = std::errc::network_unreachable;
  else if (x == sim_operation::connected)
    why = std::errc::timed_out;
  else if (x == sim_operation::write)
    why = std::errc::broken_pipe;
  return {how, 0, std::make_error_code(why)};
}

/// One end of a connection, with what its kernel has received and not read.
/// Belongs to a transport, to a test, or to nobody yet.
class sim_peer::stream {
public:
  stream(const sim_options& options, int number, const endpoint& address)
    : pipe_bytes_max_(options.pipe_bytes_max),
      number_(number),
      address_(address) {
    // nop
  }

  void pair(stream& other) noexcept {
    other_ = &other;
    other.other_ = this;
  }

  std::size_t room() const noexcept {
    return pipe_bytes_max_ - std::min(pipe_bytes_max_, inbound.size());
  }

  bool is_readable() const noexcept {
    return is_reset || !inbound.empty() || has_end;
  }

  bool is_writable() const noexcept {
    return is_reset
           || (is_connected && (other_->is_closed || other_->room() > 0));
  }

  stream& other() noexcept {
    return *other_;
  }

  /// Among all of its world.
  int number() const noexcept {
    return number_;
  }

  const endpoint& address() const noexcept {
    return address_;
  }

  /// What has arrived moves on to the test, if it plays this end and reads.
  void absorb() {
    if (!is_played || !is_reading)
      return;
    received += inbound;
    inbound.clear();
  }

  /// Takes bytes from the other end.
  void arrive(std::string_view bytes) {
    inbound += bytes;
    absorb();
  }

  /// Moves what the test has sent as far as there is room, and then the end.
  void pump() {
    if (is_reset || !is_connected)
      return;
    auto& to = *other_;
    if (to.is_closed && !unsent.empty()) {
      lose();
      return;
    }
    auto count = std::min(to.room(), unsent.size());
    to.arrive(std::string_view{unsent}.substr(0, count));
    unsent.erase(0, count);
    if (is_ending && unsent.empty())
      to.has_end = true;
  }

  /// A reset arrives.
  void lose() noexcept {
    is_reset = true;
    inbound.clear();
    unsent.clear();
  }

  /// Sends a reset. Who was not answered yet waits no more.
  void reset();

  /// Its owner lets go of it.
  void close() {
    is_closed = true;
    if (is_reset)
      return;
    if (!inbound.empty() || !is_connected) {
      reset();
      return;
    }
    is_ending = true;
    pump();
  }

  std::string inbound;
  /// The test's: what the kernel has not taken, and what has been read.
  std::string unsent;
  std::string received;
  sim_listener::state* waits_at = nullptr;
  bool is_played = false;
  bool is_reading = true;
  bool is_connected = false;
  /// Sends no more when `unsent` is empty.
  bool is_ending = false;
  /// All that comes is in `inbound`.
  bool has_end = false;
  bool is_reset = false;
  bool is_closed = false;

private:
  const std::size_t pipe_bytes_max_;
  const int number_;
  const endpoint address_;
  stream* other_ = nullptr;
};

class sim_listener::state {
public:
  using stream = sim_peer::stream;

  state(const endpoint& x, std::size_t connections_max)
    : address(x), backlog_max(connections_max) {
    // nop
  }

  void add(stream& x) {
    x.waits_at = this;
    backlog.push_back(&x);
    answer();
  }

  void remove(stream& x) {
    x.waits_at = nullptr;
    std::erase(backlog, &x);
    answer();
  }

  bool has_connection() const noexcept {
    return !backlog.empty() && backlog.front()->is_connected;
  }

  stream& take() {
    auto& result = *backlog.front();
    remove(result);
    return result;
  }

  void close() {
    is_closed = true;
    while (!backlog.empty()) {
      auto& x = *backlog.front();
      remove(x);
      x.reset();
    }
  }

  const endpoint address;
  const std::size_t backlog_max;
  std::deque<stream*> backlog;
  bool is_closed = false;

private:
  void answer() {
    auto count = std::min(backlog.size(), backlog_max);
    for (std::size_t i = 0; i < count; ++i) {
      auto& x = *backlog[i];
      if (std::exchange(x.is_connected, true))
        continue;
      x.other().is_connected = true;
      x.other().pump();
    }
  }
};

inline void sim_peer::stream::reset() {
  if (auto* listener = other_->waits_at; listener != nullptr && !is_connected)
    listener->remove(*other_);
  lose();
  other_->lose();
}

class sim_world::state {
public:
  using stream = sim_peer::stream;
  using listener = sim_listener::state;

  /// A socket of a transport and who waits for it.
  struct socket {
    listener* accepting = nullptr;
    stream* connected = nullptr;
    std::optional<std::uint64_t> read_token;
    std::optional<std::uint64_t> write_token;

    bool is_ready(readiness what) const noexcept {
      if (accepting != nullptr)
        return what == readiness::readable && accepting->has_connection();
      return what == readiness::readable ? connected->is_readable()
                                         : connected->is_writable();
    }
  };

  struct place {
    std::uint64_t cpu_ns = 0;
    std::uint64_t waits = 0;
    bool is_interrupted = false;
    std::uint32_t handles = 0;
    std::map<std::uint32_t, socket> sockets;
  };

  explicit state(const sim_options& x) : options(x), random_(x.seed) {
    // nop
  }

  place& at(std::size_t worker) {
    while (places_.size() <= worker)
      places_.emplace_back();
    return places_[worker];
  }

  std::uint64_t look(std::size_t worker) {
    last_worker_ = worker;
    burn(options.clock_step_ns);
    return now_ns;
  }

  void burn(std::uint64_t ns) {
    now_ns += ns;
    at(last_worker_).cpu_ns += ns;
  }

  void block(std::uint64_t ns) {
    now_ns += ns;
    ++at(last_worker_).waits;
  }

  /// How much of `bytes`, which are some, one operation moves.
  std::size_t segment(std::size_t bytes) {
    auto most = std::min(bytes, options.segment_bytes_max);
    return options.is_whole || below(2) == 0 ? most : 1 + below(most);
  }

  /// A random number less than `bound`.
  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(random_() % bound);
  }

  void shuffle(std::vector<socket_event>& x) {
    for (auto i = x.size(); i > 1; --i)
      std::swap(x[i - 1], x[below(i)]);
  }

  listener* find(const endpoint& address) {
    for (auto& x : listeners_)
      if (!x.is_closed && x.address == address)
        return &x;
    return nullptr;
  }

  listener* open(endpoint address, std::size_t backlog_max) {
    if (address.port == 0)
      address.port = next_server_port_++;
    if (find(address) != nullptr)
      return nullptr;
    return &listeners_.emplace_back(address, backlog_max);
  }

  /// The near end of a new connection to `to`.
  stream& make_connection(const endpoint& to) {
    auto& near = add_stream(loopback(next_client_port_++));
    auto& far = add_stream(to);
    near.pair(far);
    if (auto* x = find(to))
      x->add(far);
    else
      near.reset();
    return near;
  }

  stream& stream_at(int number) {
    return streams_.at(static_cast<std::size_t>(number));
  }

  /// Whether the operation that begins now is to fail, and how.
  std::optional<io_result> failure(sim_operation what) {
    if (operations++ != failing_)
      return std::nullopt;
    failed_operation = to_string(what);
    // There is nothing that a connection just made could run out of.
    return sim_failure(what, what == sim_operation::connected
                               ? io_status::failed
                               : how_);
  }

  void fail(std::uint64_t n, io_status how) {
    failing_ = operations + n;
    how_ = how;
    failed_operation = {};
  }

  io_result note(sim_operation what, std::size_t worker, std::uint64_t handle,
                 const io_result& result) {
    for (std::uint64_t x :
         {static_cast<std::uint64_t>(what), std::uint64_t{worker}, handle,
          static_cast<std::uint64_t>(result.status),
          std::uint64_t{result.bytes}, now_ns})
      trace_hash = (trace_hash ^ x) * 0x100'0000'01b3;
    return result;
  }

  const sim_options options;
  std::uint64_t now_ns = 1'000'000'000;
  std::uint64_t wait_end_ns = UINT64_MAX;
  std::uint64_t operations = 0;
  std::uint64_t trace_hash = 0xcbf2'9ce4'8422'2325;
  std::size_t open_sockets = 0;
  std::string_view failed_operation;

private:
  static endpoint loopback(std::uint16_t port) noexcept {
    endpoint result;
    result.address = {127, 0, 0, 1};
    result.port = port;
    return result;
  }

  stream& add_stream(const endpoint& address) {
    return streams_.emplace_back(options, static_cast<int>(streams_.size()),
                                 address);
  }

  std::mt19937_64 random_;
  std::uint64_t failing_ = UINT64_MAX;
  io_status how_ = io_status::failed;
  std::size_t last_worker_ = 0;
  std::uint16_t next_client_port_ = 49'152;
  std::uint16_t next_server_port_ = 20'000;
  // Peers, listeners and sockets point into these.
  std::deque<place> places_;
  std::deque<stream> streams_;
  std::deque<listener> listeners_;
};

} // namespace troupe
