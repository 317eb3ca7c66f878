#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"
#include "troupe/tests/support/tcp_port.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// A server that connects where a line tells it to.
struct fixture {
  server_process server{"troupe-test-behavior-server",
                        {"--workers=2", "--log-level=debug", "--attempts-max=4",
                         "--backoff-ms-min=100", "--connect-ms-max=300"}};
  tcp_client client{server.port()};
  tcp_port port;

  void connect() {
    client.send("connect " + port.address() + "\n");
  }
};

} // namespace

TEST_SUITE_BEGIN("connect");

TEST_CASE_FIXTURE(fixture, "A connection made from here carries lines both "
                           "ways") {
  port.listen(10);
  connect();
  auto peer = port.accept();
  peer.send("hello\nyou\n");
  CHECK(client.receive_line() == "peer says hello");
  CHECK(client.receive_line() == "peer says you");
  client.send("peer hello back\npeer and again\n");
  CHECK(peer.receive_line() == "hello back");
  CHECK(peer.receive_line() == "and again");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE_FIXTURE(fixture, "What is written before the connection is there is "
                           "sent when it is") {
  port.listen(10);
  client.send("connect " + port.address() + "\npeer at once\n");
  CHECK(port.accept().receive_line() == "at once");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE_FIXTURE(fixture, "Where nobody listens, all attempts are made, with "
                           "pauses that double, and then it fails") {
  auto begin = std::chrono::steady_clock::now();
  connect();
  CHECK(client.receive_line()
        == "down connect_failed: " + port.address()
             + ": Connection refused, after 4 attempts");
  // 100, 200 and 400 ms.
  auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= 700ms);
  CHECK(took < 5s);
  CHECK(client.ask("echo still here") == "still here");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE_FIXTURE(fixture, "A listener that comes up late is reached, and gets "
                           "what was written meanwhile") {
  client.send("connect " + port.address() + "\npeer early\n");
  std::this_thread::sleep_for(350ms);
  port.listen(10);
  auto peer = port.accept();
  CHECK(peer.receive_line() == "early");
  peer.send("late but here\n");
  CHECK(client.receive_line() == "peer says late but here");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE_FIXTURE(fixture, "An attempt that gets no answer fails in time") {
  port.listen(0);
  // With its queue full, the kernel answers nobody.
  std::vector<std::optional<tcp_client>> queue(8);
  for (auto& x : queue)
    try {
      x.emplace(port.number(), 200ms);
    } catch (const std::system_error&) {
      // Full now.
    }
  auto begin = std::chrono::steady_clock::now();
  connect();
  CHECK(client.receive_line()
        == "down connect_failed: " + port.address()
             + ": no answer within connect_ms_max 300, after 4 attempts");
  CHECK(std::chrono::steady_clock::now() - begin >= 1900ms);
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE_FIXTURE(fixture, "The end of a connection made from here is told to "
                           "who monitors it") {
  port.listen(10);
  connect();
  port.accept();
  CHECK(client.receive_line() == "down normal");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE_FIXTURE(fixture, "A server that still tries to connect ends well") {
  connect();
  CHECK(client.ask("echo meanwhile") == "meanwhile");
  auto begin = std::chrono::steady_clock::now();
  CHECK_MESSAGE(server.terminate() == 0, server.log());
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
}

TEST_SUITE_END();
