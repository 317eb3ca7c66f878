#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "troupe/codec/sanitized.hpp"
#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

server_process behavior_server(const std::string& limit) {
  return {"troupe-test-behavior-server",
          {"--workers=1", "--log-level=debug", limit}};
}

/// Whether the server accepts a connection and serves it, within 10 s.
bool accepts_again(server_process& server) {
  auto end = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < end) {
    tcp_client x{server.port(), 1s};
    if (x.ask("echo hello") == "hello")
      return true;
  }
  return false;
}

} // namespace

TEST_SUITE_BEGIN("limit");

TEST_CASE("A connection without traffic is closed, one with traffic is not") {
  auto server = behavior_server("--idle-ms-max=400");
  tcp_client idle{server.port()};
  tcp_client busy{server.port()};
  auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < 1200ms) {
    CHECK(busy.ask("echo here") == "here");
    std::this_thread::sleep_for(100ms);
  }
  CHECK(idle.receive_rest() == "");
  CHECK(idle.has_ended());
  CHECK(server.wait_for_log(
    {"connection_closed", "idle_timeout", "idle_ms_max 400"}));
  CHECK(busy.ask("echo here") == "here");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("A frame that was begun is timed out, also if nothing follows") {
  auto server = behavior_server("--frame-ms-max=300");
  tcp_client client{server.port()};
  CHECK(client.ask("echo whole") == "whole");
  client.send("echo ha");
  CHECK(client.receive_rest() == "");
  CHECK(client.has_ended());
  CHECK(server.wait_for_log(
    {"connection_closed", "frame_timeout", "frame_ms_max 300"}));
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("A client that is always inside a frame, but never the same one for "
          "long, is not timed out") {
  auto server = behavior_server("--frame-ms-max=400");
  tcp_client client{server.port()};
  client.send("echo ");
  auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < 1500ms) {
    client.send("next\necho ");
    REQUIRE(client.receive_line() == "next");
    std::this_thread::sleep_for(50ms);
  }
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Connections without frames under way outlive the frame timeout") {
  auto server = behavior_server("--frame-ms-max=200");
  tcp_client client{server.port()};
  client.send("await 600 late\n");
  CHECK(client.receive_line() == "late");
  client.send("ec");
  client.send("ho a\n");
  CHECK(client.receive_line() == "a");
  std::this_thread::sleep_for(400ms);
  CHECK(client.ask("echo b") == "b");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("A frame whose handler takes its time is not timed out") {
  auto server = behavior_server("--frame-ms-max=300");
  tcp_client client{server.port()};
  client.send("await 7");
  std::this_thread::sleep_for(50ms);
  client.send("00 late\n");
  CHECK(client.receive_line() == "late");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("A connection too many is refused, until there is room") {
  auto server = behavior_server("--connections-max=3");
  std::vector<tcp_client> clients;
  for (auto i = 0; i < 3; ++i) {
    clients.emplace_back(server.port());
    CHECK(clients.back().ask("echo in") == "in");
  }
  tcp_client refused{server.port()};
  CHECK(refused.receive_rest() == "");
  CHECK(refused.has_ended());
  CHECK(server.wait_for_log({"connection_refused", "too_many_connections",
                             "resource_container=/connections", "limit=3"}));
  for (auto& x : clients)
    CHECK(x.ask("echo still in") == "still in");
  clients.pop_back();
  CHECK(accepts_again(server));
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

// The vptr sanitizer opens a pipe to check an address, and takes it for an
// error if it cannot.
TEST_CASE("Out of file descriptors, the server waits without spinning and goes "
          "on when there are some"
          * doctest::skip(troupe::is_sanitized)) {
  server_process server{"troupe-test-behavior-server",
                        {"--workers=1", "--log-level=debug"},
                        {.open_files_max = 44}};
  std::vector<tcp_client> clients;
  for (auto i = 0; i < 60; ++i)
    clients.emplace_back(server.port(), 100ms);
  CHECK(server.wait_for_log({"accepting_paused", "Too many open files",
                             "resource_container=/connections"}));
  auto cpu = server.cpu_time();
  std::this_thread::sleep_for(1s);
  CHECK(server.cpu_time() - cpu < 50ms);
  std::size_t served = 0;
  for (auto& x : clients)
    served += x.ask("echo in") == "in" ? 1 : 0;
  MESSAGE(served, " of 60 clients served with 44 files");
  CHECK(served >= 20);
  CHECK(served < 40);
  // Closes those that were served first, and the others get their turn.
  clients.erase(clients.begin(), clients.begin() + 30);
  auto served_of_rest = [&] {
    std::size_t result = 0;
    for (auto& x : clients)
      result += x.ask("echo in") == "in" ? 1 : 0;
    return result;
  };
  auto end = std::chrono::steady_clock::now() + 10s;
  while (served_of_rest() < clients.size()
         && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(20ms);
  CHECK(served_of_rest() == clients.size());
  CHECK(accepts_again(server));
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_SUITE_END();
