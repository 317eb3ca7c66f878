#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "troupe/codec/sanitized.hpp"
#include "troupe/tests/support/frame_traffic.hpp"
#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t megabyte = 1'000'000;

/// Sends lines until the server takes no more, and answers how many bytes it,
/// and the kernel between, have taken.
std::size_t send_until_stalled(tcp_client& client) {
  auto piece = "echo " + lines_of(1'000)(0, 0);
  std::string lines;
  while (lines.size() < megabyte)
    lines += piece;
  std::size_t sent = 0;
  for (;;) {
    auto now = client.send(lines);
    sent += now;
    if (now < lines.size() || sent > 200 * megabyte)
      return sent;
  }
}

} // namespace

TEST_SUITE_BEGIN("slow_reader");

TEST_CASE("A client that never reads is not read from, and closed in the end") {
  server_process server{"troupe-test-behavior-server",
                        {"--workers=1", "--log-level=debug",
                         "--write-stall-ms-max=2000"}};
  tcp_client other{server.port()};
  CHECK(other.ask("echo I am here") == "I am here");
  auto before = server.resident_bytes();
  tcp_client client{server.port(), 500ms};
  auto sent = send_until_stalled(client);
  // What the kernel buffers of both sockets hold, both ways.
  CHECK(sent < 30 * megabyte);
  auto grown = server.resident_bytes() - before;
  MESSAGE("taken from it: ", sent >> 10, " KiB; server grew by ", grown >> 10,
          " KiB");
  CHECK((troupe::is_sanitized || grown < 4 * megabyte));
  CHECK(other.ask("echo still here") == "still here");
  CHECK_FALSE(client.has_ended());
  CHECK(server.wait_for_log(
    {"connection_closed", "peer_not_reading", "write_stall_ms_max 2000"}));
  CHECK(other.ask("echo still here") == "still here");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Clients that never read do not disturb those that do") {
  server_process server{"troupe-echo", {"--codec=line", "--workers=1"}};
  frame_traffic others{server.port(), {20, 1, lines_of(64)}};
  auto before = server.resident_bytes();
  std::vector<tcp_client> clients;
  for (auto i = 0; i < 20; ++i)
    clients.emplace_back(server.port(), 50ms);
  for (auto& x : clients)
    CHECK(send_until_stalled(x) < 30 * megabyte);
  auto grown = server.resident_bytes() - before;
  MESSAGE("20 clients that never read: server grew by ", grown >> 10, " KiB");
  CHECK((troupe::is_sanitized || grown < 20 * megabyte));
  // Suspended, they cost nothing at all.
  auto frames = others.frames_returned();
  std::this_thread::sleep_for(500ms);
  CHECK(others.frames_returned() > frames);
  auto report = others.stop();
  CHECK(report.faults == std::vector<std::string>{});
  CHECK(report.ended == 0);
  CHECK(report.slowest_round_trip < 5s);
  auto cpu = server.cpu_time();
  std::this_thread::sleep_for(1s);
  CHECK(server.cpu_time() - cpu < 50ms);
}

TEST_CASE("A client that reads late gets all that it had asked for") {
  server_process server{"troupe-echo", {"--codec=line", "--workers=1"}};
  tcp_client client{server.port(), 500ms};
  auto line = lines_of(1'000)(0, 0);
  std::string lines;
  while (lines.size() < megabyte)
    lines += line;
  std::string sent;
  for (;;) {
    auto count = client.send(lines);
    sent += lines.substr(0, count);
    if (count < lines.size())
      break;
    REQUIRE(sent.size() < 100 * megabyte);
  }
  auto whole = sent.rfind('\n') + 1;
  CHECK(client.receive(whole) == sent.substr(0, whole));
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Output beyond its bound closes the connection") {
  server_process server{"troupe-test-behavior-server",
                        {"--output-bytes-max=1000000", "--log-level=debug"}};
  tcp_client other{server.port()};
  tcp_client client{server.port()};
  client.send("flood 20000\n");
  CHECK(server.wait_for_log(
    {"connection_closed", "peer_not_reading", "output_bytes_max 1000000"}));
  CHECK(other.ask("echo still here") == "still here");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_SUITE_END();
