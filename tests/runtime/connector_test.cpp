#include "troupe/runtime/connector.hpp"

#include <doctest/doctest.h>

#include "troupe/tests/runtime/recorder.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

struct fixture {
  ~fixture() {
    it.io = nullptr;
  }

  void connect(const endpoint& to) {
    auto payer = sys.resources().make(sys.resources().outgoing(), "x");
    payer->open_connection(0);
    it.io = new connection_io(sys.at(0), sys.at(0).sockets_owner().next_id(),
                              to, payer, how.connection);
    attach_recorder(it);
    sys.at(0).sockets_owner().connect(it.io, how);
    REQUIRE(sys.run_until_idle());
  }

  /// Milliseconds since `start_ns` until the connection has ended.
  std::uint64_t ms_to_end(std::uint64_t start_ns) {
    for (auto i = 0; i < 100'000 && it.ends.empty(); ++i)
      sys.advance(1);
    return (sys.world().now_ns() - start_ns) / 1'000'000;
  }

  log_capture log;
  connect_options how;
  record it;
  sim_system sys;
};

TEST_CASE_FIXTURE(fixture, "A connection that is made is given its socket.") {
  auto server = sys.world().listen(loopback());
  connect(server.address());
  auto peer = server.accept();
  REQUIRE(peer);
  peer->send("text");
  REQUIRE(sys.run_until_idle());
  CHECK(it.received == "text");
  CHECK(sys.at(0).sockets_owner().connections() == 1);
  sys.advance(60'000);
  CHECK(it.ends.empty());
}

TEST_CASE_FIXTURE(fixture,
                  "Pauses double from the first bound to the second.") {
  how.attempts_max = 8;
  how.backoff_ms_min = 10;
  how.backoff_ms_max = 100;
  auto start_ns = sys.world().now_ns();
  connect(loopback(7));
  // 10 + 20 + 40 + 80 + 100 + 100 + 100
  auto ms = ms_to_end(start_ns);
  CHECK(ms >= 450);
  CHECK(ms < 470);
  REQUIRE(it.ends.size() == 1);
  CHECK(it.ends[0].find("after 8 attempts") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "One attempt is one attempt.") {
  how.attempts_max = 1;
  auto before = sys.world().operations();
  connect(loopback(7));
  REQUIRE(it.ends.size() == 1);
  CHECK(it.ends[0].find("connect_failed: 127.0.0.1:7: ") == 0);
  CHECK(sys.world().operations() - before <= 2);
  CHECK(sys.usage().connections == 0);
}

TEST_CASE_FIXTURE(fixture, "Silence counts as a failure in time.") {
  how.attempts_max = 3;
  how.connect_ms_max = 200;
  how.backoff_ms_min = 50;
  auto silent = sys.world().listen(loopback(), 0);
  auto start_ns = sys.world().now_ns();
  connect(silent.address());
  // 200 + 50 + 200 + 100 + 200
  auto ms = ms_to_end(start_ns);
  CHECK(ms >= 750);
  CHECK(ms < 760);
  CHECK(it.ends[0].find("connect_ms_max 200") != std::string::npos);
  CHECK(silent.waiting() == 0);
}

TEST_CASE_FIXTURE(fixture, "Out of descriptors is tried again.") {
  auto server = sys.world().listen(loopback());
  sys.world().fail_operation(0, io_status::exhausted);
  connect(server.address());
  CHECK(sys.world().failed_operation() == "connect");
  CHECK(server.waiting() == 0);
  sys.advance(110);
  CHECK(server.waiting() == 1);
  CHECK(it.ends.empty());
}

TEST_CASE_FIXTURE(fixture,
                  "A connection that ends meanwhile stops connecting.") {
  auto silent = sys.world().listen(loopback(), 0);
  connect(silent.address());
  CHECK(silent.waiting() == 1);
  it.io->abort(make_error(errc::draining));
  sys.advance(60'000);
  CHECK(silent.waiting() == 0);
  CHECK(sys.world().open_sockets() == 0);
  CHECK(it.ends == std::vector<std::string>{"draining"});
}

TEST_CASE_FIXTURE(fixture,
                  "What is written meanwhile is sent when it stands.") {
  connect(loopback(7));
  std::vector<slice> bytes;
  bytes.push_back(slice::copy_of("early"));
  it.io->write(bytes);
  CHECK(sys.usage().memory_bytes == 5);
  auto late = sys.world().listen(loopback(7));
  sys.advance(1'000);
  auto peer = late.accept();
  REQUIRE(peer);
  CHECK(peer->received() == "early");
  CHECK(sys.usage().memory_bytes == 0);
}

} // namespace
