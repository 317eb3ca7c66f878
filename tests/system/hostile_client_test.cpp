#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "troupe/tests/support/frame_traffic.hpp"
#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// What a hostile client does, and what the log says of it.
struct hostile_case {
  std::string what;
  std::function<void(tcp_client&)> act;
  std::vector<std::string> logged;
  /// Whether the client stays to see the end of its connection.
  bool stays = true;
};

/// A client that sends `bytes` and waits for what happens.
hostile_case sends(std::string what, std::string bytes,
                   std::vector<std::string> logged) {
  return {std::move(what), [=](tcp_client& x) { x.send(bytes); },
          std::move(logged)};
}

/// Whether frames come back beyond the first `before`, within 10 s.
bool goes_on(const frame_traffic& traffic, std::uint64_t before) {
  auto end = std::chrono::steady_clock::now() + 10s;
  while (traffic.frames_returned() <= before
         && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(1ms);
  return traffic.frames_returned() > before;
}

/// Plays each case while 100 connections exchange frames, and checks that only
/// the client's own connection ends.
void check_hostile(server_process& server, const frame_maker& make,
                   const std::vector<hostile_case>& cases) {
  frame_traffic others{server.port(), {100, 2, make}};
  for (auto& x : cases) {
    CAPTURE(x.what);
    auto before = others.frames_returned();
    {
      tcp_client client{server.port()};
      x.act(client);
      if (x.stays) {
        client.receive_rest();
        CHECK(client.has_ended());
      }
    }
    auto logged = x.logged;
    logged.push_back("connection_closed");
    CHECK_MESSAGE(server.wait_for_log(logged), server.log());
    tcp_client next{server.port()};
    auto frame = make(0, 0);
    next.send(frame);
    CHECK(next.receive(frame.size()) == frame);
    CHECK(goes_on(others, before));
  }
  auto report = others.stop();
  CHECK(report.faults == std::vector<std::string>{});
  CHECK(report.ended == 0);
  CHECK(report.frames_returned == report.frames_sent);
  CHECK(report.frames_returned_min > 0);
  CHECK(report.slowest_round_trip < 5s);
}

/// One field of a protobuf message whose content has a length.
std::string field(int number, const std::string& content) {
  std::string result{static_cast<char>(number << 3 | 2)};
  auto size = content.size();
  for (; size > 127; size >>= 7)
    result += static_cast<char>((size & 127) | 128);
  return result + static_cast<char>(size) + content;
}

std::string note_of(const std::string& content) {
  return length_prefixed(field(1, content));
}

/// Envelopes with a note whose text has `bytes` bytes.
frame_maker notes_of(std::size_t bytes) {
  return [=](std::size_t connection, std::uint64_t sequence) {
    auto text = std::to_string(connection) + " " + std::to_string(sequence);
    text.resize(bytes, 'n');
    return note_of(field(1, text));
  };
}

std::string nested_note(std::size_t depth) {
  std::string result = field(1, "inside");
  for (std::size_t i = 0; i < depth; ++i)
    result = field(2, result);
  return note_of(result);
}

} // namespace

TEST_SUITE_BEGIN("hostile_client");

TEST_CASE("A hostile client of a length-prefixed server ends only itself") {
  server_process server{"troupe-echo",
                        {"--codec=length_prefix", "--workers=2",
                         "--log-level=debug"}};
  check_hostile(
    server, length_prefixed_of(64),
    {
      sends("a length of 4 GiB", "\xFF\xFF\xFF\xFF",
            {"protocol_violation", "frame_too_large", "4294967295",
             "bytes_max 16777216"}),
      sends("a length of one more than allowed", {"\x01\x00\x00\x01", 4},
            {"protocol_violation", "frame_too_large", "16777217"}),
      sends("a good frame, then a length of 4 GiB",
            length_prefixed("good") + "\xFF\xFF\xFF\xFE",
            {"protocol_violation", "frame_too_large", "4294967294"}),
      sends("garbage", "GET / HTTP/1.1\r\n\r\n",
            {"protocol_violation", "frame_too_large", "1195725856"}),
      {"half a frame, then the end",
       [](tcp_client& x) {
         x.send(length_prefixed("half a frame").substr(0, 10));
         x.end_output();
       },
       {"protocol_violation", "truncated_frame", "10 bytes into a frame"}},
      {"half a length, then the end",
       [](tcp_client& x) {
         x.send({"\0\0\0", 3});
         x.end_output();
       },
       {"protocol_violation", "truncated_frame", "3 bytes into a frame"}},
      {"half a frame, then a reset",
       [](tcp_client& x) {
         x.send(length_prefixed("half a frame").substr(0, 10));
         x.reset();
       },
       {"socket_failed"},
       false},
    });
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("A hostile client of a line server ends only itself") {
  server_process server{"troupe-echo",
                        {"--codec=line", "--workers=2", "--log-level=debug"}};
  std::string garbage;
  for (auto i = 0; i < 20'000; ++i)
    garbage += static_cast<char>(i % 7 == 0 ? 0xFF : i % 256);
  std::erase(garbage, '\n');
  check_hostile(
    server, lines_of(64),
    {
      sends("a line without end", std::string(10'000'000, 'x'),
            {"protocol_violation", "line_too_long", "bytes_max 8192"}),
      sends("a line one byte too long", std::string(8'193, 'y') + "\n",
            {"protocol_violation", "line_too_long", "8193"}),
      sends("garbage", garbage, {"protocol_violation", "line_too_long"}),
      {"half a line, then the end",
       [](tcp_client& x) {
         x.send("seventeen bytes..");
         x.end_output();
       },
       {"protocol_violation", "truncated_frame", "17 bytes into a frame"}},
    });
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("A hostile client of a protobuf server ends only itself") {
  server_process server{"troupe-test-protobuf-server",
                        {"--workers=2", "--log-level=debug"}};
  server.port();
  auto before = server.resident_bytes();
  check_hostile(
    server, notes_of(64),
    {
      sends("nonsense", length_prefixed("\xFF\xFF\xFF nonsense"),
            {"protocol_violation", "malformed_message"}),
      sends("a field longer than its message", note_of("\x0A\x7Fshort"),
            {"protocol_violation", "malformed_message"}),
      sends("text that is not UTF-8", note_of(field(1, "\xC3\x28")),
            {"protocol_violation", "malformed_message"}),
      sends("nesting 10,000 deep", nested_note(10'000),
            {"protocol_violation", "message_too_deep", "depth_max 32"}),
      sends("a million bytes of empty messages", note_of([] {
              std::string result;
              for (auto i = 0; i < 500'000; ++i)
                result += field(2, "");
              return result;
            }()),
            {"protocol_violation", "too_many_elements"}),
      sends("an empty envelope", length_prefixed(""),
            {"protocol_violation", "unknown_alternative"}),
      sends("an unknown alternative", length_prefixed(field(9, "")),
            {"protocol_violation", "unknown_alternative"}),
      sends("a length of 4 GiB", "\xFF\xFF\xFF\xFF",
            {"protocol_violation", "frame_too_large", "bytes_max 1048576"}),
      sends("a message nobody handles", length_prefixed(field(2, "")),
            {"unhandled_frame", "Ignored"}),
    });
  MESSAGE("resident MB before and after: ", before >> 20, " and ",
          server.resident_bytes() >> 20);
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Frames that come one byte at a time are frames like any other") {
  server_process server{"troupe-echo", {"--codec=length_prefix"}};
  frame_traffic others{server.port(), {100, 2, length_prefixed_of(64)}};
  tcp_client client{server.port()};
  auto bytes = length_prefixed("first") + length_prefixed("")
               + length_prefixed("second");
  for (auto x : bytes)
    client.send({&x, 1});
  CHECK(client.receive(bytes.size()) == bytes);
  auto report = others.stop();
  CHECK(report.faults == std::vector<std::string>{});
  CHECK(report.ended == 0);
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Clients that come and go at once leave nothing behind") {
  server_process server{"troupe-test-behavior-server",
                        {"--workers=2", "--log-level=error"}};
  tcp_client other{server.port()};
  CHECK(other.ask("echo I am here") == "I am here");
  auto before = server.open_files();
  for (auto i = 0; i < 2'000; ++i) {
    tcp_client x{server.port()};
    if (i % 4 == 1)
      x.send("echo half a li");
    else if (i % 4 == 2)
      x.send("then 5 too late\nflood 10\n");
    else if (i % 4 == 3)
      x.send("throw it\n");
    if (i % 3 == 0)
      x.reset();
    if (i % 100 == 0)
      CHECK(other.ask("echo still here") == "still here");
  }
  auto end = std::chrono::steady_clock::now() + 10s;
  while (server.open_files() > before && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(10ms);
  CHECK(server.open_files() == before);
  CHECK(other.ask("echo still here") == "still here");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("A frame that comes too slowly, byte by byte, is timed out") {
  server_process server{"troupe-test-behavior-server",
                        {"--frame-ms-max=300", "--log-level=debug"}};
  tcp_client other{server.port()};
  tcp_client slow{server.port(), 50ms};
  auto begin = std::chrono::steady_clock::now();
  while (!slow.has_ended() && std::chrono::steady_clock::now() - begin < 10s) {
    slow.send("x");
    slow.receive(1);
    CHECK(other.ask("echo still here") == "still here");
  }
  CHECK(slow.has_ended());
  CHECK(std::chrono::steady_clock::now() - begin >= 300ms);
  CHECK(server.wait_for_log(
    {"connection_closed", "frame_timeout", "frame_ms_max 300"}));
  CHECK(other.ask("echo still here") == "still here");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_SUITE_END();
