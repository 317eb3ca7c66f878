#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "troupe/tests/support/frame_traffic.hpp"
#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> arguments(const std::string& more = {}) {
  std::vector<std::string> result{"--workers=1", "--log-level=debug"};
  if (!more.empty())
    result.push_back(more);
  return result;
}

constexpr auto behavior_server = "troupe-test-behavior-server";

} // namespace

TEST_SUITE_BEGIN("drain");

TEST_CASE("What was sent before SIGTERM is answered before the end") {
  for (std::string workers : {"1", "2"}) {
    CAPTURE(workers);
    server_process server{"troupe-echo",
                          {"--codec=line", "--workers=" + workers}};
    std::vector<tcp_client> clients;
    for (auto i = 0; i < 100; ++i) {
      clients.emplace_back(server.port());
      CHECK(clients.back().ask("here") == "here");
    }
    std::string sent;
    for (auto i = 0; i < 500; ++i)
      sent += lines_of(100)(0, static_cast<std::uint64_t>(i));
    for (auto& x : clients)
      CHECK(x.send(sent) == sent.size());
    server.ask_to_end();
    std::size_t answered = 0;
    for (auto& x : clients)
      answered += x.receive_rest() == sent ? 1 : 0;
    CHECK(answered == clients.size());
    CHECK_MESSAGE(server.wait_for_end() == 0, server.log());
    CHECK(server.wait_for_log({"draining"}));
  }
}

TEST_CASE("SIGTERM under load ends the server soon and well") {
  for (std::string workers : {"1", "2"}) {
    CAPTURE(workers);
    server_process server{"troupe-echo",
                          {"--codec=line", "--workers=" + workers}};
    frame_traffic traffic{server.port(), {100, 16, lines_of(64)}};
    std::this_thread::sleep_for(500ms);
    auto begin = std::chrono::steady_clock::now();
    CHECK_MESSAGE(server.terminate() == 0, server.log());
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    auto report = traffic.stop();
    CHECK(report.faults == std::vector<std::string>{});
    CHECK(report.ended == 100);
    CHECK(report.frames_returned > 0);
  }
}

TEST_CASE("A server without connections ends at once") {
  server_process server{"troupe-echo", arguments()};
  server.port();
  auto begin = std::chrono::steady_clock::now();
  CHECK_MESSAGE(server.terminate() == 0, server.log());
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("Nobody is accepted any more after SIGTERM") {
  server_process server{behavior_server, arguments()};
  auto port = server.port();
  tcp_client client{port};
  client.send("burn 700\n");
  server.ask_to_end();
  CHECK(server.wait_for_log({"draining"}));
  std::this_thread::sleep_for(50ms);
  try {
    // The kernel may still take it, the server does not serve it.
    tcp_client late{port, 2s};
    CHECK(late.ask("echo late") == std::nullopt);
  } catch (const std::system_error&) {
    // Refused.
  }
  CHECK_MESSAGE(server.wait_for_end() == 0, server.log());
}

TEST_CASE("A handler that runs at SIGTERM is finished, and its answer sent") {
  server_process server{behavior_server, arguments()};
  tcp_client client{server.port()};
  client.send("burn 300\necho done\n");
  std::this_thread::sleep_for(100ms);
  server.ask_to_end();
  CHECK(client.receive_line() == "done");
  CHECK_MESSAGE(server.wait_for_end() == 0, server.log());
}

TEST_CASE("A request that is awaited at SIGTERM is answered before the end") {
  server_process server{behavior_server, arguments()};
  tcp_client client{server.port()};
  client.send("await 300 awaited\necho behind\n");
  CHECK(tcp_client{server.port()}.ask("echo meanwhile") == "meanwhile");
  server.ask_to_end();
  CHECK(client.receive_line() == "awaited");
  CHECK(client.receive_line() == "behind");
  CHECK_MESSAGE(server.wait_for_end() == 0, server.log());
}

TEST_CASE("A last request that is awaited at SIGTERM is answered") {
  server_process server{behavior_server, arguments()};
  tcp_client client{server.port()};
  client.send("await 300 awaited\n");
  CHECK(tcp_client{server.port()}.ask("echo meanwhile") == "meanwhile");
  server.ask_to_end();
  CHECK(client.receive_line() == "awaited");
  CHECK_MESSAGE(server.wait_for_end() == 0, server.log());
}

TEST_CASE("A last request with then is answered at SIGTERM") {
  server_process server{behavior_server, arguments()};
  tcp_client client{server.port()};
  client.send("then 300 answered\n");
  CHECK(tcp_client{server.port()}.ask("echo meanwhile") == "meanwhile");
  server.ask_to_end();
  CHECK(client.receive_line() == "answered");
  CHECK_MESSAGE(server.wait_for_end() == 0, server.log());
}

TEST_CASE(
  "What is not done at the deadline is cut, and the exit code says so") {
  server_process server{behavior_server, arguments("--drain-ms-max=200")};
  tcp_client client{server.port()};
  client.send("burn 1000\necho done\n");
  std::this_thread::sleep_for(100ms);
  auto begin = std::chrono::steady_clock::now();
  CHECK_MESSAGE(server.terminate() == 1, server.log());
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(server.wait_for_log({"drain_deadline", "connections_cut=1"}));
}

TEST_CASE("An answer that never comes does not hold the server beyond the "
          "deadline") {
  server_process server{behavior_server, arguments("--drain-ms-max=300")};
  tcp_client client{server.port()};
  client.send("await 60000 never\necho behind\n");
  CHECK(tcp_client{server.port()}.ask("echo meanwhile") == "meanwhile");
  auto begin = std::chrono::steady_clock::now();
  CHECK_MESSAGE(server.terminate() == 1, server.log());
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(server.wait_for_log({"drain_deadline", "connections_cut=1"}));
}

TEST_CASE("A client that does not read is cut at the deadline") {
  server_process server{behavior_server, arguments("--drain-ms-max=300")};
  tcp_client client{server.port()};
  // More than the kernel takes, less than output_bytes_max with it.
  client.send("flood 6000\n");
  CHECK(tcp_client{server.port()}.ask("echo meanwhile") == "meanwhile");
  CHECK_MESSAGE(server.terminate() == 1, server.log());
  CHECK(server.wait_for_log({"drain_deadline", "connections_cut=1"}));
}

TEST_CASE("A client that is halfway through a frame does not hold up the end") {
  server_process server{behavior_server, arguments()};
  tcp_client client{server.port()};
  CHECK(client.ask("echo whole") == "whole");
  client.send("echo ha");
  auto begin = std::chrono::steady_clock::now();
  CHECK_MESSAGE(server.terminate() == 0, server.log());
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(client.receive_rest() == "");
}

TEST_CASE("A client that ends its own output gets all answers") {
  server_process server{"troupe-echo", {"--codec=line", "--log-level=debug"}};
  tcp_client client{server.port()};
  std::string sent;
  for (auto i = 0; i < 2'000; ++i)
    sent += lines_of(100)(0, static_cast<std::uint64_t>(i));
  CHECK(client.send(sent) == sent.size());
  client.end_output();
  CHECK(client.receive_rest() == sent);
  CHECK(client.has_ended());
  CHECK(server.wait_for_log({"connection_closed"}));
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("A client that ends its own output gets the answers it awaits") {
  server_process server{behavior_server, arguments()};
  for (std::string how : {"await", "then"}) {
    CAPTURE(how);
    tcp_client client{server.port()};
    client.send("echo now\n" + how + " 200 later\n");
    client.end_output();
    CHECK(client.receive_line() == "now");
    CHECK(client.receive_line() == "later");
    CHECK(client.receive_rest() == "");
    CHECK(client.has_ended());
  }
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Output that the peer reads late is sent after its last request") {
  server_process server{behavior_server, arguments()};
  tcp_client client{server.port()};
  client.send("flood 6000\n");
  client.end_output();
  std::this_thread::sleep_for(300ms);
  CHECK(client.receive_rest().size() == 6'000'000);
  CHECK(client.has_ended());
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_SUITE_END();
