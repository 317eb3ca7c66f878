#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// The server whose lines are commands, one client that the test is about, and
/// one that must not notice.
struct fixture {
  server_process server{"troupe-test-behavior-server",
                        {"--workers=1", "--log-level=debug"}};
  tcp_client client{server.port()};
  tcp_client other{server.port()};

  fixture() {
    CHECK(other.ask("echo I am here") == "I am here");
  }

  ~fixture() {
    CHECK(other.ask("echo I am still here") == "I am still here");
    tcp_client next{server.port()};
    CHECK(next.ask("echo so am I") == "so am I");
    CHECK_MESSAGE(server.terminate() == 0, server.log());
  }

  /// Checks that the client's connection has ended, and why.
  void check_ended(const std::string& reason) {
    CHECK(client.receive_rest() == "");
    CHECK(client.has_ended());
    CHECK_MESSAGE(server.wait_for_log({"connection_closed", reason}),
                  server.log());
    CHECK_MESSAGE(server.wait_for_log({"watched_down", reason}), server.log());
  }
};

} // namespace

TEST_SUITE_BEGIN("behavior");

TEST_CASE_FIXTURE(fixture, "A handler that throws ends its connection with the "
                           "reason") {
  client.send("throw out of luck\n");
  check_ended("handler_threw: out of luck");
}

TEST_CASE_FIXTURE(fixture, "A handler may throw anything") {
  client.send("throw_number\n");
  check_ended("handler_threw: not a std::exception");
}

TEST_CASE_FIXTURE(fixture, "What was written before a throw is sent, and what "
                           "comes behind it is not handled") {
  client.send("echo before\nthrow now\necho behind\n");
  CHECK(client.receive_line() == "before");
  check_ended("handler_threw: now");
}

TEST_CASE_FIXTURE(fixture, "A handler that throws a thousand times leaves the "
                           "server as it was") {
  for (auto i = 0; i < 1'000; ++i) {
    tcp_client x{server.port()};
    x.send("throw again\n");
    CHECK(x.receive_rest() == "");
    CHECK(x.has_ended());
  }
}

TEST_CASE_FIXTURE(fixture, "A connection that is closed sends what it wrote") {
  client.send("echo one\nclose\necho two\n");
  CHECK(client.receive_line() == "one");
  check_ended("normal");
}

TEST_CASE_FIXTURE(fixture, "A connection that is closed says why") {
  client.send("quit enough of it\n");
  check_ended("stage_full: enough of it");
}

TEST_CASE_FIXTURE(fixture, "With request and then, frames go on meanwhile") {
  client.send("then 100 late\necho early\n");
  CHECK(client.receive_line() == "early");
  CHECK(client.receive_line() == "late");
}

TEST_CASE_FIXTURE(fixture, "With request and then, answers come as they are "
                           "ready") {
  client.send("then 200 second\nthen 50 first\n");
  CHECK(client.receive_line() == "first");
  CHECK(client.receive_line() == "second");
}

TEST_CASE_FIXTURE(fixture, "With request and await, frames wait in order") {
  client.send("await 100 first\necho second\nawait 50 third\necho fourth\n");
  // These come in another read, while the first is awaited.
  CHECK(other.ask("echo meanwhile") == "meanwhile");
  client.send("await 1 fifth\necho sixth\n");
  for (std::string x : {"first", "second", "third", "fourth", "fifth", "sixth"})
    CHECK(client.receive_line() == x);
}

TEST_CASE_FIXTURE(fixture, "A hundred frames behind an awaited one keep their "
                           "order") {
  std::string sent;
  for (auto i = 0; i < 100; ++i)
    sent += (i % 10 == 0 ? "await 5 " : "echo ") + std::to_string(i) + "\n";
  client.send(sent);
  for (auto i = 0; i < 100; ++i)
    CHECK(client.receive_line() == std::to_string(i));
}

TEST_CASE_FIXTURE(fixture, "A request that is not answered in time is an "
                           "error") {
  CHECK(client.ask("ask_for_10_ms 500 too late") == "error request_timeout");
  CHECK(client.ask("ask_for_10_ms 1 in time") == "in time");
}

TEST_CASE_FIXTURE(fixture, "A connection hears of the end of whom it "
                           "monitors") {
  CHECK(client.ask("monitor bye") == "down stage_full: bye");
  CHECK(client.ask("echo still here") == "still here");
}

TEST_CASE_FIXTURE(fixture, "A connection ends with whom it is linked to") {
  client.send("link farewell\n");
  check_ended("stage_full: farewell");
}

TEST_CASE_FIXTURE(fixture, "A delayed message to oneself arrives, once and in "
                           "time") {
  auto begin = std::chrono::steady_clock::now();
  client.send("delay 200 second\ndelay 100 first\necho now\n");
  CHECK(client.receive_line() == "now");
  CHECK(client.receive_line() == "first");
  CHECK(std::chrono::steady_clock::now() - begin >= 100ms);
  CHECK(client.receive_line() == "second");
  CHECK(std::chrono::steady_clock::now() - begin >= 200ms);
  CHECK(client.ask("echo nothing else") == "nothing else");
}

TEST_CASE_FIXTURE(fixture, "A delayed message to a connection that is gone is "
                           "harmless") {
  client.send("delay 50 nobody\nthen 50 nobody\nclose\n");
  check_ended("normal");
  CHECK(other.ask("await 100 later") == "later");
}

TEST_CASE_FIXTURE(fixture, "A behavior can be replaced and restored between "
                           "frames of one batch") {
  client.send("become new\nfirst\nunbecome\necho back\n");
  CHECK(client.receive_line() == "new first");
  CHECK(client.receive_line() == "new unbecome");
  CHECK(client.receive_line() == "back");
}

TEST_SUITE_END();
