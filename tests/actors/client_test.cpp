#include "troupe/actors/client.hpp"

#include <algorithm>
#include <doctest/doctest.h>

#include "troupe/codec/line.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

/// A world with a client that writes "hello" and collects what it receives.
struct fixture {
  fixture() : log(log_level::debug) {
    // nop
  }

  caf::actor connect(const endpoint& to, const connect_options& how = {}) {
    return troupe::connect<line_codec>(
      sys.actors(), to,
      [this](connection_of<line_codec>* self) -> caf::behavior {
        report_end(self, ended);
        self->write(line{"hello"});
        return {
          [this](line& x) { received.emplace_back(x.text()); },
          [=](std::string& x) { self->write(line{x}); },
          [=](bool) { self->close(); },
        };
      },
      how);
  }

  log_capture log;
  endings ended;
  std::vector<std::string> received;
  sim_system sys{2};
};

TEST_CASE_FIXTURE(fixture, "A client talks to a server.") {
  auto server = sys.world().listen(loopback());
  auto client = connect(server.address());
  REQUIRE(sys.run_until_idle());
  auto peer = server.accept();
  REQUIRE(peer);
  CHECK(peer->received() == "hello\n");
  peer->send("one\ntw");
  peer->send("o\n");
  caf::anon_send(client, std::string{"bye"});
  REQUIRE(sys.run_until_idle());
  CHECK(received == std::vector<std::string>{"one", "two"});
  CHECK(peer->received() == "hello\nbye\n");
  CHECK(sys.usage().connections == 1);
  peer->close();
  REQUIRE(sys.run_until_idle());
  CHECK(ended == endings{"normal"});
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A client and a server share one world.") {
  auto at = serve<line_codec>(sys, echo<line_codec>());
  auto client = connect(at);
  REQUIRE(sys.run_until_idle());
  CHECK(received == std::vector<std::string>{"hello"});
  CHECK(sys.usage().connections == 2);
  caf::anon_send(client, true);
  check_nothing_left(sys);
  CHECK(sys.world().open_sockets() == 1);
}

TEST_CASE_FIXTURE(fixture,
                  "Attempts pause twice as long each, up to a bound.") {
  connect_options how;
  how.attempts_max = 5;
  how.backoff_ms_min = 100;
  how.backoff_ms_max = 300;
  auto start_ns = sys.world().now_ns();
  auto client = connect(loopback(7), how);
  REQUIRE(sys.run_until_idle());
  // Pauses of 100, 200, 300 and 300 ms.
  sys.advance(880);
  CHECK(ended.empty());
  sys.advance(40);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("connect_failed: 127.0.0.1:7: ") == 0);
  CHECK(ended[0].find("after 5 attempts") != std::string::npos);
  CHECK(sys.world().now_ns() - start_ns < 1'000'000'000);
  CHECK(log.has("connect_failed"));
  client = nullptr;
  check_nothing_left(sys);
  CHECK(sys.world().open_sockets() == 0);
}

TEST_CASE_FIXTURE(fixture, "A server that comes later is reached.") {
  auto client = connect(loopback(7));
  REQUIRE(sys.run_until_idle());
  sys.advance(250);
  auto server = sys.world().listen(loopback(7));
  sys.advance(500);
  auto peer = server.accept();
  REQUIRE(peer);
  CHECK(peer->received() == "hello\n");
  CHECK(ended.empty());
}

TEST_CASE_FIXTURE(fixture, "An attempt without an answer ends in time.") {
  auto silent = sys.world().listen(loopback(), 0);
  connect_options how;
  how.attempts_max = 2;
  how.connect_ms_max = 1'000;
  how.backoff_ms_min = 500;
  auto client = connect(silent.address(), how);
  REQUIRE(sys.run_until_idle());
  CHECK(silent.waiting() == 1);
  sys.advance(990);
  CHECK(silent.waiting() == 1);
  sys.advance(20);
  CHECK(silent.waiting() == 0);
  sys.advance(500);
  CHECK(silent.waiting() == 1);
  sys.advance(980);
  CHECK(ended.empty());
  sys.advance(30);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("no answer within connect_ms_max 1000")
        != std::string::npos);
  CHECK(ended[0].find("after 2 attempts") != std::string::npos);
  check_nothing_left(sys);
  CHECK(sys.world().open_sockets() == 0);
}

TEST_CASE_FIXTURE(fixture, "A client that gives up stops connecting.") {
  auto silent = sys.world().listen(loopback(), 0);
  auto client = connect(silent.address());
  REQUIRE(sys.run_until_idle());
  caf::anon_send_exit(client, caf::exit_reason::kill);
  REQUIRE(sys.run_until_idle());
  CHECK(ended == endings{"kill"});
  sys.advance(60'000);
  CHECK(silent.waiting() == 0);
  CHECK(sys.world().open_sockets() == 0);
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A client may give up in the moment it succeeds.") {
  auto server = sys.world().listen(loopback());
  auto client = connect(server.address());
  // It takes some rounds to connect; it gives up after each number of them.
  for (auto rounds = 0; rounds < 12; ++rounds) {
    auto other = connect(server.address());
    for (auto n = 0; n < rounds; ++n)
      sys.run_round();
    caf::anon_send_exit(other, caf::exit_reason::kill);
    REQUIRE(sys.run_until_idle());
  }
  CHECK(ended == endings(12, "kill"));
  sys.advance(10'000);
  CHECK(sys.world().open_sockets() == 1);
  CHECK(sys.usage().connections == 1);
}

TEST_CASE_FIXTURE(fixture, "What is written before closing is sent, if late.") {
  auto server = sys.world().listen(loopback());
  auto client = connect(server.address());
  caf::anon_send(client, std::string{"bye"});
  caf::anon_send(client, true);
  REQUIRE(sys.run_until_idle());
  sys.advance(1'000);
  auto peer = server.accept();
  REQUIRE(peer);
  CHECK(peer->received() == "hello\nbye\n");
  CHECK(peer->is_ended());
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A connection lost later is not made again.") {
  auto server = sys.world().listen(loopback());
  auto client = connect(server.address());
  REQUIRE(sys.run_until_idle());
  auto peer = server.accept();
  REQUIRE(peer);
  peer->reset();
  REQUIRE(sys.run_until_idle());
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("socket_failed") == 0);
  sys.advance(10'000);
  CHECK(server.waiting() == 0);
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "Draining ends who is still connecting.") {
  auto silent = sys.world().listen(loopback(), 0);
  auto client = connect(silent.address());
  auto refused = connect(loopback(7));
  REQUIRE(sys.run_until_idle());
  sys.drain();
  CHECK(ended == endings(2, "normal"));
  auto late = connect(silent.address());
  REQUIRE(sys.run_until_idle());
  CHECK(ended.size() == 3);
  check_nothing_left(sys);
  sys.advance(60'000);
  CHECK(sys.world().open_sockets() == 0);
}

TEST_CASE_FIXTURE(fixture, "A system stops in the middle of connecting.") {
  auto silent = sys.world().listen(loopback(), 0);
  auto client = connect(silent.address());
  auto refused = connect(loopback(7));
  REQUIRE(sys.run_until_idle());
  auto late = connect(silent.address());
  client = refused = late = nullptr;
  sys.stop();
  CHECK(sys.world().open_sockets() == 0);
}

TEST_CASE_FIXTURE(
  fixture, "A client made by a connection is part of what pays for that.") {
  auto server = sys.world().listen(loopback());
  listen_options how;
  how.name = "tenant";
  auto at = serve<line_codec>(
    sys,
    [&](connection_of<line_codec>*) -> caf::behavior {
      return {[&](line&) { connect(server.address()); }};
    },
    how);
  auto peer = sys.world().connect(at);
  peer.send("go\n");
  REQUIRE(sys.run_until_idle());
  std::vector<std::int64_t> connections;
  auto rows = sys.resources().snapshot();
  auto row = std::find_if(rows.begin(), rows.end(),
                          [](auto& x) { return x.name == "tenant"; });
  REQUIRE(row != rows.end());
  do
    connections.push_back(row->usage.connections);
  while (++row != rows.end() && row->depth > 1);
  // The tenant, its peer, and what the peer has caused.
  CHECK(connections == std::vector<std::int64_t>{2, 2, 1});
}

TEST_CASE_FIXTURE(fixture, "The bound on connections holds for clients, too.") {
  auto server = sys.world().listen(loopback());
  listen_options how;
  how.resources.connections_max = 2;
  auto at = serve<line_codec>(
    sys,
    [&](connection_of<line_codec>* self) -> caf::behavior {
      return {[&, self](line& x) {
        connect(server.address());
        self->write(std::move(x));
      }};
    },
    how);
  auto peer = sys.world().connect(at);
  peer.send("go\n");
  REQUIRE(sys.run_until_idle());
  CHECK(server.waiting() == 1);
  CHECK(sys.usage().connections == 2);
  peer.send("one more\n");
  REQUIRE(sys.run_until_idle());
  CHECK(server.waiting() == 1);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("too_many_connections") == 0);
  CHECK(sys.usage().connections == 2);
  peer.close();
  server.close();
  check_nothing_left(sys);
}

} // namespace
