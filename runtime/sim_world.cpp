#include "troupe/runtime/sim_world.hpp"

#include <cstring>

#include "troupe/runtime/check.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/sim_network.hpp"

namespace troupe {

namespace {

using world_state = sim_world::state;

io_result would_block() noexcept {
  return {io_status::would_block, 0, {}};
}

io_result failed(std::errc why) {
  return {io_status::failed, 0, std::make_error_code(why)};
}

class sim_clock final : public clock {
public:
  sim_clock(world_state& world, std::size_t worker)
    : world_(world), worker_(worker) {
    // nop
  }

  std::uint64_t now_ns() noexcept override {
    return world_.look(worker_);
  }

  std::uint64_t thread_cpu_ns() noexcept override {
    return world_.at(worker_).cpu_ns;
  }

  std::uint64_t thread_waits() noexcept override {
    return world_.at(worker_).waits;
  }

private:
  world_state& world_;
  std::size_t worker_;
};

class sim_poller final : public poller {
public:
  sim_poller(world_state& world, std::size_t worker)
    : world_(world), here_(world.at(worker)) {
    // nop
  }

  void poll(std::vector<socket_event>& ready) override {
    std::vector<socket_event> found;
    auto collect = [&](auto& socket, auto& token, readiness what) {
      if (token && socket.is_ready(what))
        found.push_back({*std::exchange(token, std::nullopt), what});
    };
    for (auto& [handle, x] : here_.sockets) {
      collect(x, x.read_token, readiness::readable);
      collect(x, x.write_token, readiness::writable);
    }
    world_.shuffle(found);
    ready.insert(ready.end(), found.begin(), found.end());
  }

  void wait(std::uint64_t timeout_ns,
            std::vector<socket_event>& ready) override {
    poll(ready);
    if (std::exchange(here_.is_interrupted, false) || !ready.empty())
      return;
    auto left_ns = UINT64_MAX - world_.now_ns;
    auto end_ns = world_.now_ns + std::min(timeout_ns, left_ns);
    end_ns = std::min(end_ns, world_.wait_end_ns);
    if (end_ns > world_.now_ns) {
      world_.now_ns = end_ns;
      ++here_.waits;
    }
    poll(ready);
  }

  void interrupt() noexcept override {
    here_.is_interrupted = true;
  }

private:
  world_state& world_;
  world_state::place& here_;
};

class sim_transport final : public transport {
public:
  sim_transport(world_state& world, std::size_t worker)
    : world_(world), worker_(worker), here_(world.at(worker)) {
    // nop
  }

  io_result listen(endpoint& address, socket_handle& socket) override {
    auto result = world_.failure(sim_operation::listen);
    if (!result) {
      auto* x = world_.open(address, limits::listen_backlog);
      if (x == nullptr) {
        result = failed(std::errc::address_in_use);
      } else {
        result = io_result{};
        address = x->address;
        ++world_.open_sockets;
        socket = keep({x, nullptr, {}, {}});
      }
    }
    return note(sim_operation::listen, socket, *result);
  }

  io_result accept(socket_handle listener, unowned_socket& accepted,
                   endpoint& peer) override {
    return note(sim_operation::accept, listener,
                take(acceptor(listener), accepted, peer));
  }

  io_result adopt(unowned_socket accepted, socket_handle& socket) override {
    auto result = world_.failure(sim_operation::adopt);
    if (result) {
      discard(accepted);
    } else {
      result = io_result{};
      socket = keep({nullptr, &world_.stream_at(accepted.native), {}, {}});
    }
    return note(sim_operation::adopt, socket, *result);
  }

  void discard(unowned_socket accepted) override {
    let_go(world_.stream_at(accepted.native));
    note(sim_operation::close, socket_handle::none);
  }

  io_result connect(const endpoint& peer, socket_handle& socket) override {
    auto result = world_.failure(sim_operation::connect);
    if (!result) {
      auto& x = world_.make_connection(peer);
      // A kernel may know at once, or later, that nobody listens.
      if (x.is_reset && world_.below(2) == 0) {
        result = failed(std::errc::connection_refused);
      } else {
        result = io_result{};
        ++world_.open_sockets;
        socket = keep({nullptr, &x, {}, {}});
      }
    }
    return note(sim_operation::connect, socket, *result);
  }

  io_result connected(socket_handle socket) override {
    auto& x = stream(socket);
    TROUPE_CHECK(x.is_connected || x.is_reset,
                 "How connecting has ended is asked when it has.");
    auto result = world_.failure(sim_operation::connected);
    if (result)
      x.reset();
    else
      result = x.is_reset ? failed(std::errc::connection_refused) : io_result{};
    return note(sim_operation::connected, socket, *result);
  }

  io_result read(socket_handle socket, std::span<std::byte> into) override {
    TROUPE_CHECK(!into.empty(), "A read has room for what it reads.");
    return note(sim_operation::read, socket, receive(stream(socket), into));
  }

  io_result write(socket_handle socket, std::span<const slice> slices,
                  std::size_t skip) override {
    std::string bytes;
    for (auto& x :
         slices.first(std::min(slices.size(), limits::gathered_slices_max)))
      bytes += x.text();
    TROUPE_CHECK(skip < bytes.size(), "A write has something to write.");
    return note(sim_operation::write, socket,
                send(stream(socket), std::string_view{bytes}.substr(skip)));
  }

  void shutdown_write(socket_handle socket) override {
    auto& x = stream(socket);
    x.is_ending = true;
    x.pump();
    note(sim_operation::shutdown_write, socket);
  }

  void close(socket_handle socket) override {
    auto& x = at(socket);
    if (x.accepting != nullptr) {
      x.accepting->close();
      --world_.open_sockets;
    } else {
      let_go(*x.connected);
    }
    here_.sockets.erase(static_cast<std::uint32_t>(socket));
    note(sim_operation::close, socket);
  }

  io_result watch_loop(int, std::uint64_t) override {
    return {io_status::failed, 0,
            std::make_error_code(std::errc::operation_not_supported)};
  }

  void forget_loop(int) override {
    // nop
  }

  void watch(socket_handle socket, readiness what,
             std::uint64_t token) override {
    auto& x = at(socket);
    auto& slot = what == readiness::readable ? x.read_token : x.write_token;
    TROUPE_CHECK(!slot, "A socket is watched once for each readiness.");
    slot = token;
  }

private:
  using stream_type = sim_peer::stream;

  void note(sim_operation what, socket_handle socket) {
    static_cast<void>(note(what, socket, {}));
  }

  io_result note(sim_operation what, socket_handle socket,
                 const io_result& result) {
    return world_.note(what, worker_, static_cast<std::uint64_t>(socket),
                       result);
  }

  socket_handle keep(world_state::socket x) {
    here_.sockets.emplace(here_.handles, x);
    return static_cast<socket_handle>(here_.handles++);
  }

  world_state::socket& at(socket_handle socket) {
    auto i = here_.sockets.find(static_cast<std::uint32_t>(socket));
    TROUPE_CHECK(i != here_.sockets.end(), "Only open sockets are used.");
    return i->second;
  }

  stream_type& stream(socket_handle socket) {
    auto* result = at(socket).connected;
    TROUPE_CHECK(result != nullptr, "A listening socket has no bytes.");
    return *result;
  }

  sim_listener::state& acceptor(socket_handle socket) {
    auto* result = at(socket).accepting;
    TROUPE_CHECK(result != nullptr, "Only a listening socket accepts.");
    return *result;
  }

  void let_go(stream_type& x) {
    x.close();
    --world_.open_sockets;
  }

  io_result take(sim_listener::state& from, unowned_socket& accepted,
                 endpoint& peer) {
    auto result = world_.failure(sim_operation::accept);
    if (result && result->status == io_status::exhausted)
      return *result;
    if (!from.has_connection())
      return result.value_or(would_block());
    auto& x = from.take();
    if (result)
      x.reset();
    else if (x.is_reset && world_.below(2) == 0)
      result = failed(std::errc::connection_aborted);
    if (result)
      return *result;
    accepted = {x.number()};
    peer = x.other().address();
    ++world_.open_sockets;
    return {};
  }

  io_result receive(stream_type& x, std::span<std::byte> into) {
    if (auto result = world_.failure(sim_operation::read)) {
      if (result->status == io_status::failed)
        x.reset();
      return *result;
    }
    if (x.is_reset)
      return failed(std::errc::connection_reset);
    if (x.inbound.empty())
      return x.has_end ? io_result{io_status::end_of_stream, 0, {}}
                       : would_block();
    auto count = world_.segment(std::min(x.inbound.size(), into.size()));
    std::memcpy(into.data(), x.inbound.data(), count);
    x.inbound.erase(0, count);
    x.other().pump();
    return {io_status::done, count, {}};
  }

  io_result send(stream_type& x, std::string_view bytes) {
    TROUPE_CHECK(!x.is_ending, "Nothing is written after the end.");
    if (auto result = world_.failure(sim_operation::write)) {
      if (result->status == io_status::failed)
        x.reset();
      return *result;
    }
    if (x.is_reset)
      return failed(std::errc::broken_pipe);
    auto& to = x.other();
    if (to.is_closed) {
      // The kernel takes it; the answer to it is a reset.
      x.lose();
      return {io_status::done, bytes.size(), {}};
    }
    if (to.room() == 0)
      return would_block();
    auto count = world_.segment(std::min(to.room(), bytes.size()));
    to.arrive(bytes.substr(0, count));
    return {io_status::done, count, {}};
  }

  world_state& world_;
  std::size_t worker_;
  world_state::place& here_;
};

} // namespace

void sim_peer::send(std::string_view text) {
  TROUPE_CHECK(!stream_->is_ending, "Nothing is sent after the end.");
  if (stream_->is_reset)
    return;
  stream_->unsent += text;
  stream_->pump();
}

std::size_t sim_peer::unsent_bytes() const noexcept {
  return stream_->unsent.size();
}

const std::string& sim_peer::received() const noexcept {
  return stream_->received;
}

std::string sim_peer::take_received() {
  return std::exchange(stream_->received, {});
}

void sim_peer::stop_reading() {
  stream_->is_reading = false;
}

void sim_peer::start_reading() {
  stream_->is_reading = true;
  stream_->absorb();
}

void sim_peer::shutdown_write() {
  stream_->is_ending = true;
  stream_->pump();
}

void sim_peer::close() {
  stream_->close();
}

void sim_peer::reset() {
  stream_->is_closed = true;
  stream_->reset();
}

bool sim_peer::is_connected() const noexcept {
  return stream_->is_connected && !stream_->is_reset;
}

bool sim_peer::is_ended() const noexcept {
  return stream_->has_end && stream_->inbound.empty();
}

bool sim_peer::is_reset() const noexcept {
  return stream_->is_reset;
}

const endpoint& sim_peer::address() const noexcept {
  return stream_->address();
}

std::optional<sim_peer> sim_listener::accept() {
  if (!state_->has_connection())
    return std::nullopt;
  auto& x = state_->take();
  x.is_played = true;
  x.absorb();
  return sim_peer{x};
}

std::size_t sim_listener::waiting() const noexcept {
  return state_->backlog.size();
}

void sim_listener::close() {
  state_->close();
}

const endpoint& sim_listener::address() const noexcept {
  return state_->address;
}

sim_world::sim_world(const sim_options& options)
  : state_(std::make_unique<state>(options)) {
  // nop
}

sim_world::~sim_world() = default;

std::unique_ptr<clock> sim_world::make_clock(std::size_t worker) {
  return std::make_unique<sim_clock>(*state_, worker);
}

std::unique_ptr<poller> sim_world::make_poller(std::size_t worker) {
  return std::make_unique<sim_poller>(*state_, worker);
}

std::unique_ptr<transport> sim_world::make_transport(std::size_t worker) {
  return std::make_unique<sim_transport>(*state_, worker);
}

std::uint64_t sim_world::now_ns() const noexcept {
  return state_->now_ns;
}

void sim_world::advance(std::uint64_t ns) noexcept {
  state_->now_ns += ns;
}

void sim_world::burn(std::uint64_t ns) noexcept {
  state_->burn(ns);
}

void sim_world::block(std::uint64_t ns) noexcept {
  state_->block(ns);
}

void sim_world::wait_until(std::uint64_t ns) noexcept {
  state_->wait_end_ns = ns;
}

sim_peer sim_world::connect(const endpoint& to) {
  auto& x = state_->make_connection(to);
  x.is_played = true;
  x.absorb();
  return sim_peer{x};
}

sim_listener sim_world::listen(const endpoint& address,
                               std::size_t backlog_max) {
  auto* x = state_->open(address, backlog_max);
  TROUPE_CHECK(x != nullptr, "One listens on an address that is free.");
  return sim_listener{*x};
}

void sim_world::fail_operation(std::uint64_t n, io_status how) {
  state_->fail(n, how);
}

std::string_view sim_world::failed_operation() const noexcept {
  return state_->failed_operation;
}

std::uint64_t sim_world::operations() const noexcept {
  return state_->operations;
}

std::uint64_t sim_world::trace_hash() const noexcept {
  return state_->trace_hash;
}

std::size_t sim_world::open_sockets() const noexcept {
  return state_->open_sockets;
}

} // namespace troupe
