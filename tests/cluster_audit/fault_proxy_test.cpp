#include "troupe/tests/cluster_audit/fault_proxy.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

#include "troupe/tests/support/tcp_client.hpp"
#include "troupe/tests/support/tcp_port.hpp"

using namespace troupe::test;
using std::chrono::milliseconds;

namespace {

/// A client and a server with a proxy between them.
struct fixture {
  fixture() {
    port.listen(8);
    int listener = -1;
    for (; listener < 0; ++at.port)
      listener = start_listening(at);
    --at.port;
    proxy.emplace(loop, listener, address{"127.0.0.1", port.number()}, 1);
    client.emplace(at.port, milliseconds{300});
    loop.run_for(milliseconds{50});
    server.emplace(port.accept());
  }

  std::string pass(const std::string& text) {
    client->send(text);
    loop.run_for(milliseconds{50});
    return server->receive(text.size());
  }

  event_loop loop;
  tcp_port port;
  address at{"127.0.0.1", 21'000};
  std::optional<fault_proxy> proxy;
  std::optional<tcp_client> client;
  std::optional<tcp_client> server;
};

wire_condition cut_both() {
  wire_condition result;
  result.is_cut_to = true;
  result.is_cut_from = true;
  return result;
}

} // namespace

TEST_SUITE("fault_proxy") {
  TEST_CASE_FIXTURE(fixture, "bytes pass both ways") {
    CHECK(pass("hello") == "hello");
    server->send("world");
    loop.run_for(milliseconds{50});
    CHECK(client->receive(5) == "world");
    CHECK(proxy->connections() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a cut keeps the connection and its bytes") {
    proxy->set(cut_both());
    client->send("late");
    server->send("late, too");
    loop.run_for(milliseconds{100});
    CHECK(proxy->connections() == 1);
    tcp_client other{at.port};
    loop.run_for(milliseconds{50});
    CHECK(proxy->connections() == 1);
    proxy->set({});
    loop.run_for(milliseconds{50});
    CHECK(server->receive(4) == "late");
    CHECK(client->receive(9) == "late, too");
    CHECK(proxy->connections() == 2);
  }

  TEST_CASE_FIXTURE(fixture, "one direction is cut") {
    wire_condition half;
    half.is_cut_to = true;
    proxy->set(half);
    client->send("late");
    server->send("now");
    loop.run_for(milliseconds{50});
    CHECK(client->receive(3) == "now");
    proxy->set({});
    loop.run_for(milliseconds{50});
    CHECK(server->receive(4) == "late");
  }

  TEST_CASE_FIXTURE(fixture, "bytes take their time and keep their order") {
    wire_condition slow;
    slow.delay = milliseconds{100};
    slow.jitter = milliseconds{50};
    proxy->set(slow);
    auto begin = event_loop::clock::now();
    for (std::string x : {"a", "b", "c", "d", "e"}) {
      client->send(x);
      loop.run_for(milliseconds{5});
    }
    loop.run_for(milliseconds{200});
    CHECK(server->receive(5) == "abcde");
    CHECK(event_loop::clock::now() - begin >= milliseconds{100});
  }

  TEST_CASE_FIXTURE(fixture, "a reset ends both connections") {
    proxy->reset();
    CHECK(proxy->connections() == 0);
    CHECK(client->receive(1).empty());
    CHECK(client->has_ended());
    CHECK(server->receive(1).empty());
    CHECK(server->has_ended());
  }

  TEST_CASE_FIXTURE(fixture, "one bit is changed, once") {
    proxy->corrupt();
    std::string text = "hello";
    auto passed = pass(text);
    REQUIRE(passed.size() == text.size());
    unsigned bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
      for (auto x = static_cast<unsigned char>(text[i] ^ passed[i]); x != 0;
           x = static_cast<unsigned char>(x >> 1))
        bits += x & 1U;
    CHECK(bits == 1);
    CHECK(pass(text) == text);
  }

  TEST_CASE_FIXTURE(fixture, "the end of a stream is passed on") {
    client->send("last");
    client->end_output();
    loop.run_for(milliseconds{50});
    CHECK(server->receive_rest() == "last");
    server->send("answer");
    server->end_output();
    loop.run_for(milliseconds{50});
    CHECK(client->receive_rest() == "answer");
    CHECK(proxy->connections() == 0);
  }
}
