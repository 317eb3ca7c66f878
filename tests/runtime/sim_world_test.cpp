#include "troupe/runtime/sim_world.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/runtime/abort_text.hpp"

namespace {

using namespace troupe;

endpoint loopback(std::uint16_t port = 0) {
  endpoint result;
  result.address = {127, 0, 0, 1};
  result.port = port;
  return result;
}

/// The seams of one worker, which a test uses as a worker would.
struct place {
  explicit place(sim_world& world, std::size_t worker = 0)
    : time(world.make_clock(worker)),
      events(world.make_poller(worker)),
      sockets(world.make_transport(worker)) {
    // nop
  }

  socket_handle listen(endpoint& address) {
    socket_handle result;
    REQUIRE(sockets->listen(address, result).status == io_status::done);
    return result;
  }

  /// Takes the next connection of `listener`.
  socket_handle accept(socket_handle listener) {
    unowned_socket accepted;
    endpoint peer;
    auto status = sockets->accept(listener, accepted, peer).status;
    REQUIRE(status == io_status::done);
    socket_handle result;
    REQUIRE(sockets->adopt(accepted, result).status == io_status::done);
    return result;
  }

  /// All there is to read now.
  std::string read_all(socket_handle socket) {
    std::string result;
    std::byte part[100];
    for (;;) {
      last = sockets->read(socket, part);
      if (last.status != io_status::done)
        return result;
      result.append(reinterpret_cast<char*>(part), last.bytes);
    }
  }

  /// How much of `text` is taken.
  std::size_t write(socket_handle socket, std::string_view text) {
    slice one = slice::copy_of(text);
    last = sockets->write(socket, {&one, 1}, 0);
    return last.bytes;
  }

  std::vector<socket_event> poll() {
    std::vector<socket_event> result;
    events->poll(result);
    return result;
  }

  std::unique_ptr<troupe::clock> time;
  std::unique_ptr<poller> events;
  std::unique_ptr<transport> sockets;
  io_result last;
};

/// A server's side and a test's side of one connection.
struct fixture {
  fixture() : fixture(sim_options{}) {
    // nop
  }

  explicit fixture(const sim_options& options) : world(options) {
    listener = here.listen(address);
    peer = world.connect(address);
    socket = here.accept(listener);
  }

  sim_world world;
  place here{world};
  endpoint address = loopback();
  socket_handle listener{};
  std::optional<sim_peer> peer;
  socket_handle socket{};
};

sim_options whole() {
  sim_options result;
  result.is_whole = true;
  return result;
}

sim_options narrow() {
  auto result = whole();
  result.pipe_bytes_max = 10;
  return result;
}

struct whole_fixture : fixture {
  whole_fixture() : fixture(whole()) {
    // nop
  }
};

struct narrow_fixture : fixture {
  narrow_fixture() : fixture(narrow()) {
    // nop
  }
};

// -- time
// -----------------------------------------------------------------------

TEST_CASE("Looking at a clock takes time, for the worker that looks.") {
  sim_world world;
  place one{world, 0};
  place two{world, 1};
  auto start = world.now_ns();
  CHECK(one.time->now_ns() == start + 50);
  CHECK(two.time->now_ns() == start + 100);
  CHECK(one.time->now_ns() == start + 150);
  CHECK(one.time->thread_cpu_ns() == 100);
  CHECK(two.time->thread_cpu_ns() == 50);
  CHECK(world.now_ns() == start + 150);
}

TEST_CASE("Time that is burnt is work of who looked last.") {
  sim_world world;
  place one{world, 0};
  place two{world, 1};
  one.time->now_ns();
  world.burn(1'000);
  two.time->now_ns();
  world.burn(5'000);
  world.advance(70'000);
  CHECK(one.time->thread_cpu_ns() == 1'050);
  CHECK(two.time->thread_cpu_ns() == 5'050);
}

TEST_CASE("Waiting ends with the timeout, an interrupt, an event or a bound.") {
  sim_world world{whole()};
  place here{world};
  auto start = world.now_ns();
  std::vector<socket_event> ready;
  here.events->wait(1'000, ready);
  CHECK(world.now_ns() == start + 1'000);
  here.events->interrupt();
  here.events->wait(1'000, ready);
  CHECK(world.now_ns() == start + 1'000);
  world.wait_until(start + 1'500);
  here.events->wait(1'000, ready);
  CHECK(world.now_ns() == start + 1'500);
  world.wait_until(UINT64_MAX);
  auto address = loopback();
  auto listener = here.listen(address);
  here.sockets->watch(listener, readiness::readable, 7);
  world.connect(address);
  here.events->wait(1'000, ready);
  CHECK(world.now_ns() == start + 1'500);
  CHECK(ready.size() == 1);
  ready.clear();
  here.events->wait(UINT64_MAX, ready);
  CHECK(world.now_ns() == UINT64_MAX);
  CHECK(here.time->thread_cpu_ns() == 0);
}

// -- bytes
// ------------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Bytes arrive in order, cut anywhere.") {
  std::string text;
  for (auto i = 0; i < 1'000; ++i)
    text += std::to_string(i);
  peer->send(text);
  CHECK(here.read_all(socket) == text);
  CHECK(here.last.status == io_status::would_block);
  std::string_view rest = text;
  while (!rest.empty())
    rest.remove_prefix(here.write(socket, rest));
  CHECK(peer->received() == text);
  CHECK(peer->take_received() == text);
  CHECK(peer->received() == "");
}

TEST_CASE("Every length of a segment comes about, up to the bound.") {
  sim_options options;
  options.segment_bytes_max = 4;
  fixture f{options};
  std::vector<std::size_t> seen(10);
  for (auto i = 0; i < 500; ++i) {
    f.peer->send("0123456789");
    std::byte part[100];
    for (;;) {
      auto result = f.here.sockets->read(f.socket, part);
      if (result.status != io_status::done)
        break;
      ++seen[result.bytes];
    }
    ++seen[f.here.write(f.socket, "0123456789")];
  }
  for (std::size_t i = 1; i <= 4; ++i)
    CHECK(seen[i] > 0);
  CHECK(std::accumulate(seen.begin() + 5, seen.end(), std::size_t{0}) == 0);
}

TEST_CASE_FIXTURE(whole_fixture, "A gathered write skips what has been sent.") {
  std::vector<slice> slices{slice::copy_of("abc"), slice::copy_of("def"),
                            slice::copy_of("ghi")};
  auto result = here.sockets->write(socket, slices, 2);
  CHECK(result.bytes == 7);
  CHECK(peer->received() == "cdefghi");
}

TEST_CASE_FIXTURE(narrow_fixture, "A peer that does not read fills the pipe.") {
  peer->stop_reading();
  CHECK(here.write(socket, "0123456") == 7);
  CHECK(here.write(socket, "789abc") == 3);
  CHECK(here.write(socket, "abc") == 0);
  CHECK(here.last.status == io_status::would_block);
  here.sockets->watch(socket, readiness::writable, 1);
  CHECK(here.poll().empty());
  peer->start_reading();
  CHECK(peer->received() == "0123456789");
  CHECK(here.poll().size() == 1);
  CHECK(here.write(socket, "abc") == 3);
}

TEST_CASE_FIXTURE(narrow_fixture, "What is not read stays with the peer.") {
  peer->send("0123456789abcdef");
  CHECK(peer->unsent_bytes() == 6);
  std::byte part[4];
  CHECK(here.sockets->read(socket, part).bytes == 4);
  CHECK(peer->unsent_bytes() == 2);
  CHECK(here.read_all(socket) == "456789abcdef");
  CHECK(peer->unsent_bytes() == 0);
}

// -- ends
// ---------------------------------------------------------------------------

TEST_CASE_FIXTURE(narrow_fixture, "The end comes behind all that was sent.") {
  peer->send("0123456789abcdef");
  peer->shutdown_write();
  CHECK(here.read_all(socket) == "0123456789abcdef");
  CHECK(here.last.status == io_status::end_of_stream);
  CHECK(here.write(socket, "answer") == 6);
  CHECK(peer->received() == "answer");
  CHECK_FALSE(peer->is_ended());
  here.sockets->shutdown_write(socket);
  CHECK(peer->is_ended());
  CHECK_FALSE(peer->is_reset());
}

TEST_CASE_FIXTURE(whole_fixture,
                  "Writing to a peer that is gone brings a reset.") {
  peer->send("bye");
  peer->close();
  CHECK(here.read_all(socket) == "bye");
  CHECK(here.last.status == io_status::end_of_stream);
  CHECK(here.write(socket, "hello?") == 6);
  CHECK(here.write(socket, "hello?") == 0);
  CHECK(here.last.status == io_status::failed);
  CHECK(here.read_all(socket) == "");
  CHECK(here.last.status == io_status::failed);
  CHECK(here.last.error == std::errc::connection_reset);
}

TEST_CASE_FIXTURE(whole_fixture, "A reset loses what is under way.") {
  peer->send("lost");
  here.write(socket, "kept");
  peer->stop_reading();
  here.write(socket, "lost");
  peer->reset();
  CHECK(here.read_all(socket) == "");
  CHECK(here.last.status == io_status::failed);
  CHECK(peer->received() == "kept");
  peer->start_reading();
  CHECK(peer->received() == "kept");
  CHECK(peer->is_reset());
}

TEST_CASE_FIXTURE(whole_fixture, "Closing with unread input is a reset.") {
  peer->send("unread");
  here.sockets->close(socket);
  CHECK(peer->is_reset());
  CHECK_FALSE(peer->is_ended());
}

TEST_CASE_FIXTURE(whole_fixture, "Closing in order is an end.") {
  peer->send("read");
  here.read_all(socket);
  here.write(socket, "bye");
  here.sockets->close(socket);
  CHECK(peer->received() == "bye");
  CHECK(peer->is_ended());
  CHECK_FALSE(peer->is_reset());
  peer->send("too late");
  CHECK(peer->is_reset());
}

// -- connecting
// ------------------------------------------------------------------------

TEST_CASE("Nobody listens: the connection is refused.") {
  sim_world world;
  place here{world};
  auto peer = world.connect(loopback(7));
  CHECK(peer.is_reset());
  CHECK_FALSE(peer.is_connected());
  // The kernel tells at once or later; both happen.
  auto at_once = 0;
  for (auto i = 0; i < 100; ++i) {
    socket_handle socket;
    auto result = here.sockets->connect(loopback(7), socket);
    if (result.status == io_status::failed) {
      ++at_once;
      CHECK(result.error == std::errc::connection_refused);
      continue;
    }
    here.sockets->watch(socket, readiness::writable, 1);
    CHECK(here.poll().size() == 1);
    result = here.sockets->connected(socket);
    CHECK(result.status == io_status::failed);
    CHECK(result.error == std::errc::connection_refused);
    here.sockets->close(socket);
  }
  CHECK(at_once > 10);
  CHECK(at_once < 90);
  CHECK(world.open_sockets() == 0);
}

TEST_CASE("A transport connects to a listener of a test.") {
  sim_world world{whole()};
  place here{world};
  auto server = world.listen(loopback());
  socket_handle socket;
  CHECK(here.sockets->connect(server.address(), socket).status
        == io_status::done);
  here.sockets->watch(socket, readiness::writable, 5);
  auto ready = here.poll();
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].token == 5);
  CHECK(ready[0].what == readiness::writable);
  CHECK(here.sockets->connected(socket).status == io_status::done);
  here.write(socket, "hello");
  auto peer = server.accept();
  REQUIRE(peer);
  CHECK(peer->received() == "hello");
  peer->send("hi");
  CHECK(here.read_all(socket) == "hi");
  CHECK_FALSE(server.accept());
}

TEST_CASE(
  "A connection over the backlog is not answered until there is room.") {
  sim_world world;
  place here{world};
  auto server = world.listen(loopback(), 1);
  auto one = world.connect(server.address());
  auto two = world.connect(server.address());
  two.send("hello");
  CHECK(one.is_connected());
  CHECK_FALSE(two.is_connected());
  CHECK(server.waiting() == 2);
  REQUIRE(server.accept());
  CHECK(two.is_connected());
  auto far = server.accept();
  REQUIRE(far);
  CHECK(far->received() == "hello");
  auto silent = world.listen(loopback(), 0);
  auto three = world.connect(silent.address());
  CHECK_FALSE(three.is_connected());
  CHECK_FALSE(silent.accept());
  three.close();
  CHECK(silent.waiting() == 0);
}

TEST_CASE("A listener that closes refuses who waits and who comes.") {
  sim_world world;
  place here{world};
  auto address = loopback();
  auto listener = here.listen(address);
  auto waiting = world.connect(address);
  here.sockets->close(listener);
  CHECK(waiting.is_reset());
  CHECK(world.connect(address).is_reset());
  CHECK(world.open_sockets() == 0);
  here.listen(address);
  CHECK(world.connect(address).is_connected());
}

TEST_CASE("An address is taken once.") {
  sim_world world;
  place here{world};
  auto address = loopback(80);
  here.listen(address);
  socket_handle other;
  auto result = here.sockets->listen(address, other);
  CHECK(result.status == io_status::failed);
  CHECK(result.error == std::errc::address_in_use);
}

TEST_CASE("An accepted socket moves to another worker.") {
  sim_world world{whole()};
  place one{world, 0};
  place two{world, 1};
  auto address = loopback();
  auto listener = one.listen(address);
  auto peer = world.connect(address);
  peer.send("hello");
  unowned_socket accepted;
  endpoint from;
  CHECK(one.sockets->accept(listener, accepted, from).status
        == io_status::done);
  CHECK(from == peer.address());
  CHECK(one.sockets->accept(listener, accepted, from).status
        == io_status::would_block);
  socket_handle socket;
  CHECK(two.sockets->adopt(accepted, socket).status == io_status::done);
  CHECK(two.read_all(socket) == "hello");
  CHECK(world.open_sockets() == 2);
  auto unwanted = world.connect(address);
  CHECK(one.sockets->accept(listener, accepted, from).status
        == io_status::done);
  CHECK(world.open_sockets() == 3);
  one.sockets->discard(accepted);
  CHECK(world.open_sockets() == 2);
  CHECK(unwanted.is_ended());
}

// -- readiness
// -----------------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "A watch brings one event.") {
  here.sockets->watch(socket, readiness::readable, 11);
  here.sockets->watch(socket, readiness::writable, 12);
  auto ready = here.poll();
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].token == 12);
  CHECK(here.poll().empty());
  peer->send("x");
  ready = here.poll();
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].token == 11);
  CHECK(ready[0].what == readiness::readable);
  here.sockets->watch(socket, readiness::readable, 13);
  CHECK(here.poll().size() == 1);
}

TEST_CASE_FIXTURE(fixture, "Ends and resets make a socket ready.") {
  here.sockets->watch(socket, readiness::readable, 1);
  peer->shutdown_write();
  CHECK(here.poll().size() == 1);
  auto other = world.connect(address);
  auto second = here.accept(listener);
  here.sockets->watch(second, readiness::readable, 2);
  here.sockets->watch(second, readiness::writable, 3);
  CHECK(here.poll().size() == 1);
  here.sockets->watch(second, readiness::writable, 3);
  other.reset();
  CHECK(here.poll().size() == 2);
}

TEST_CASE_FIXTURE(fixture, "A closed socket is forgotten with its watches.") {
  here.sockets->watch(socket, readiness::writable, 1);
  here.sockets->close(socket);
  CHECK(here.poll().empty());
}

TEST_CASE("Sockets become ready in any order.") {
  sim_world world;
  place here{world};
  auto address = loopback();
  auto listener = here.listen(address);
  std::vector<std::vector<std::uint64_t>> orders;
  std::vector<socket_handle> sockets;
  for (auto i = 0; i < 4; ++i) {
    world.connect(address).send("x");
    sockets.push_back(here.accept(listener));
  }
  for (auto i = 0; i < 200; ++i) {
    for (std::size_t j = 0; j < sockets.size(); ++j)
      here.sockets->watch(sockets[j], readiness::readable, j);
    std::vector<std::uint64_t> order;
    for (auto& x : here.poll())
      order.push_back(x.token);
    orders.push_back(order);
  }
  std::sort(orders.begin(), orders.end());
  orders.erase(std::unique(orders.begin(), orders.end()), orders.end());
  CHECK(orders.size() == 24);
}

// -- faults and traces
// ------------------------------------------------------------------------

TEST_CASE("The operation asked for fails, once and as demanded.") {
  for (auto how : {io_status::failed, io_status::exhausted}) {
    fixture f{whole()};
    f.peer->send("text");
    f.world.fail_operation(1, how);
    CHECK(f.here.write(f.socket, "fine") == 4);
    CHECK(f.world.failed_operation() == "");
    CHECK(f.here.read_all(f.socket) == "");
    CHECK(f.here.last.status == how);
    CHECK(f.here.last.error);
    CHECK(f.world.failed_operation() == "read");
    auto rest = f.here.read_all(f.socket);
    // Running out of memory passes, a broken connection does not.
    CHECK(rest == (how == io_status::exhausted ? "text" : ""));
    CHECK(f.peer->is_reset() == (how == io_status::failed));
  }
}

TEST_CASE("Each operation can fail.") {
  for (auto how : {io_status::failed, io_status::exhausted}) {
    sim_world world{whole()};
    place here{world};
    auto fail = [&] { world.fail_operation(0, how); };
    auto address = loopback();
    socket_handle socket;
    fail();
    CHECK(here.sockets->listen(address, socket).status == how);
    CHECK(world.failed_operation() == "listen");
    auto listener = here.listen(address);
    auto one = world.connect(address);
    unowned_socket accepted;
    endpoint from;
    fail();
    CHECK(here.sockets->accept(listener, accepted, from).status == how);
    CHECK(world.failed_operation() == "accept");
    CHECK(one.is_reset() == (how == io_status::failed));
    world.connect(address);
    CHECK(here.sockets->accept(listener, accepted, from).status
          == io_status::done);
    fail();
    CHECK(here.sockets->adopt(accepted, socket).status == how);
    CHECK(world.failed_operation() == "adopt");
    CHECK(world.open_sockets() == 1);
    fail();
    CHECK(here.sockets->connect(address, socket).status == how);
    CHECK(world.failed_operation() == "connect");
    CHECK(world.open_sockets() == 1);
    CHECK(here.sockets->connect(address, socket).status == io_status::done);
    fail();
    CHECK(here.sockets->connected(socket).status == io_status::failed);
    CHECK(world.failed_operation() == "connected");
    here.sockets->close(socket);
    auto server = world.listen(loopback());
    CHECK(here.sockets->connect(server.address(), socket).status
          == io_status::done);
    fail();
    CHECK(here.write(socket, "x") == 0);
    CHECK(here.last.status == how);
    CHECK(world.failed_operation() == "write");
  }
}

TEST_CASE("Equal seeds give equal traces, others do not.") {
  auto trace = [](std::uint64_t seed) {
    sim_options options;
    options.seed = seed;
    fixture f{options};
    for (auto i = 0; i < 20; ++i) {
      f.peer->send("some text to cut anywhere");
      f.here.read_all(f.socket);
      f.here.write(f.socket, "some more text");
      f.here.time->now_ns();
    }
    f.here.sockets->close(f.socket);
    CHECK(f.world.operations() > 60);
    return f.world.trace_hash();
  };
  CHECK(trace(1) == trace(1));
  CHECK(trace(1) != trace(2));
}

TEST_CASE("What a caller must not do aborts.") {
  using test::abort_text;
  fixture f;
  CHECK(abort_text([&] {
          f.here.sockets->watch(f.socket, readiness::readable, 1);
          f.here.sockets->watch(f.socket, readiness::readable, 2);
        }).find("watched once")
        != std::string::npos);
  CHECK(abort_text([&] {
          f.here.sockets->close(f.socket);
          f.here.sockets->close(f.socket);
        }).find("Only open sockets")
        != std::string::npos);
  CHECK(abort_text([&] {
          f.here.sockets->shutdown_write(f.socket);
          f.here.write(f.socket, "x");
        }).find("after the end")
        != std::string::npos);
}

} // namespace
