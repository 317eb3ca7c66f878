#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "troupe/tests/support/frame_traffic.hpp"
#include "troupe/tests/support/open_files_limit.hpp"
#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"
#include "troupe/tests/system/soak_time.hpp"

using namespace troupe::test;

namespace {

std::vector<std::string> arguments(const std::string& codec,
                                   const std::string& workers) {
  return {"--listen=127.0.0.1:0", "--codec=" + codec, "--workers=" + workers};
}

/// Lets traffic flow and checks that each connection got back exactly what it
/// had sent.
void check_echo(server_process& server, const traffic_options& options) {
  frame_traffic traffic{server.port(), options};
  std::this_thread::sleep_for(soak_time());
  auto report = traffic.stop();
  CHECK(report.faults == std::vector<std::string>{});
  CHECK(report.ended == 0);
  CHECK(report.frames_returned == report.frames_sent);
  CHECK(report.frames_returned_min > 0);
  MESSAGE(options.connections, " connections, ", options.frames_in_flight,
          " frames in flight: ", report.frames_returned, " frames returned");
}

} // namespace

TEST_SUITE_BEGIN("echo");

TEST_CASE("64 connections with 16 frames in flight get every frame back") {
  for (std::string workers : {"1", "2"}) {
    CAPTURE(workers);
    server_process server{"troupe-echo", arguments("length_prefix", workers)};
    check_echo(server, {64, 16, length_prefixed_of(64)});
    CHECK_MESSAGE(server.terminate() == 0, server.log());
  }
}

TEST_CASE("Lines come back like frames do") {
  server_process server{"troupe-echo", arguments("line", "2")};
  check_echo(server, {64, 16, lines_of(64)});
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Raw bytes come back like frames do") {
  server_process server{"troupe-echo", arguments("raw", "2")};
  check_echo(server, {64, 16, lines_of(64)});
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("1,000 connections with one frame in flight get every frame back") {
  for (std::string workers : {"1", "2"}) {
    CAPTURE(workers);
    server_process server{"troupe-echo", arguments("length_prefix", workers)};
    check_echo(server, {1000, 1, length_prefixed_of(64)});
    CHECK_MESSAGE(server.terminate() == 0, server.log());
  }
}

TEST_CASE("100 busy connections get every frame back beside 10,000 idle ones") {
  raise_open_files_limit();
  for (std::string workers : {"1", "2"}) {
    CAPTURE(workers);
    server_process server{"troupe-echo", arguments("length_prefix", workers)};
    auto hello = length_prefixed("hello");
    std::vector<tcp_client> idle;
    for (auto i = 0; i < 10'000; ++i)
      idle.emplace_back(server.port());
    check_echo(server, {100, 1, length_prefixed_of(64)});
    std::size_t answered = 0;
    for (auto& x : idle) {
      x.send(hello);
      answered += x.receive(hello.size()) == hello ? 1 : 0;
    }
    CHECK(answered == idle.size());
    // They are all still there when it ends.
    CHECK_MESSAGE(server.terminate() == 0, server.log());
  }
}

TEST_CASE("Frames of every size up to the largest legal one come back") {
  server_process server{"troupe-echo", arguments("length_prefix", "1")};
  tcp_client client{server.port()};
  for (auto size : {0UL, 1UL, 3UL, 4UL, 5UL, 1'000UL, 64UL * 1024 - 4,
                    64UL * 1024, 1UL << 20, 4UL << 20, 16UL << 20}) {
    CAPTURE(size);
    auto sent = length_prefixed(std::string(size, 'x'));
    CHECK(client.send(sent) == sent.size());
    CHECK(client.receive(sent.size()) == sent);
    CHECK_FALSE(client.has_ended());
  }
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Large frames of many connections come back while others arrive") {
  server_process server{"troupe-echo", arguments("length_prefix", "2")};
  check_echo(server, {20, 3, length_prefixed_of(100'000)});
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("An empty line, CR LF and a frame without content come back") {
  server_process lines{"troupe-echo", arguments("line", "1")};
  tcp_client client{lines.port()};
  client.send("\n\r\na\rb\r\n");
  CHECK(client.receive(6) == "\n\na\rb\n");
  CHECK_MESSAGE(lines.terminate() == 0, lines.log());
}

TEST_SUITE_END();
