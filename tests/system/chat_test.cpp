#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace std::chrono_literals;
using namespace troupe::test;

namespace {

struct chat_server : server_process {
  explicit chat_server(const std::string& workers = "2")
    : server_process("troupe-chat-server",
                     {"--listen=127.0.0.1:0", "--listen-lines=127.0.0.1:0",
                      "--workers=" + workers}) {
    // nop
  }

  tcp_client lines() {
    return tcp_client{port(1), 60s};
  }

  std::unique_ptr<server_process> chat(const std::string& nickname,
                                       const std::string& room) {
    return std::make_unique<server_process>(
      "troupe-chat",
      std::vector<std::string>{"--server=127.0.0.1:" + std::to_string(port(0)),
                               "--nick=" + nickname, "--room=" + room});
  }
};

std::vector<std::string> lines_with(const std::string& begin,
                                    const std::string& text) {
  std::vector<std::string> result;
  std::istringstream all{text};
  for (std::string line; std::getline(all, line) && !all.eof();)
    if (line.starts_with(begin))
      result.push_back(line);
  return result;
}

/// Receives lines up to and with `last`.
std::vector<std::string> receive_until(tcp_client& client,
                                       const std::string& last) {
  std::vector<std::string> result;
  while (auto line = client.receive_line()) {
    result.push_back(*line);
    if (*line == last)
      break;
  }
  REQUIRE(!result.empty());
  REQUIRE(result.back() == last);
  return result;
}

bool has_said(const server_process& client, std::size_t messages) {
  return lines_with("said ", client.output()).size() >= messages;
}

template <class Predicate>
bool wait_until(Predicate is_true) {
  auto end = std::chrono::steady_clock::now() + 90s;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() >= end)
      return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

/// What is wrong with what one member of `room` was told, if anything: each
/// message of the room is to come once, in the room's order and its speaker's.
std::string fault_in(const std::vector<std::string>& said,
                     const std::string& room, std::size_t messages) {
  if (said.size() != messages)
    return std::to_string(said.size()) + " messages";
  std::size_t sequence = 0;
  std::map<std::string, std::size_t> of_speaker;
  for (auto& line : said) {
    std::istringstream words{line};
    std::string event, place, nickname, text;
    std::size_t number = 0;
    words >> event >> place >> number >> nickname >> text;
    if (place != room || number != ++sequence
        || text != "m" + std::to_string(++of_speaker[nickname]))
      return line + " as number " + std::to_string(sequence);
  }
  return "";
}

} // namespace

TEST_SUITE_BEGIN("chat");

TEST_CASE("50 clients in 5 rooms see 20,000 messages once and in order") {
  constexpr std::size_t clients = 50;
  constexpr std::size_t rooms = 5;
  constexpr std::size_t lines_each = 400;
  constexpr auto messages = lines_each * clients / rooms;
  chat_server server;
  struct member {
    std::string room;
    std::string nickname;
    std::unique_ptr<server_process> program;
    std::unique_ptr<tcp_client> by_hand;
  };
  std::vector<member> members;
  for (std::size_t i = 0; i < clients; ++i) {
    auto& x = members.emplace_back();
    x.room = "r" + std::to_string(i % rooms);
    x.nickname = "n" + std::to_string(i);
    auto joined = "joined " + x.room + " " + x.nickname;
    if (i % 2 == 0) {
      x.by_hand = std::make_unique<tcp_client>(server.lines());
      x.by_hand->send("enter " + x.nickname + "\njoin " + x.room + "\n");
      receive_until(*x.by_hand, joined);
    } else {
      x.program = server.chat(x.nickname, x.room);
      REQUIRE(wait_until(
        [&] { return !lines_with(joined, x.program->output()).empty(); }));
    }
  }
  for (auto& x : members) {
    std::string all;
    for (std::size_t n = 1; n <= lines_each; ++n)
      all += (x.by_hand ? "say " + x.room + " m" : "m") + std::to_string(n)
             + "\n";
    if (x.by_hand)
      x.by_hand->send(all);
    else
      x.program->write(all);
  }
  for (auto& x : members) {
    CAPTURE(x.nickname);
    std::vector<std::string> said;
    if (x.by_hand) {
      while (said.size() < messages) {
        auto line = x.by_hand->receive_line();
        REQUIRE(line);
        if (line->starts_with("said "))
          said.push_back(*line);
      }
    } else {
      CHECK(wait_until([&] { return has_said(*x.program, messages); }));
      said = lines_with("said ", x.program->output());
    }
    CHECK(fault_in(said, x.room, messages) == "");
  }
  for (auto& x : members) {
    if (!x.program)
      continue;
    x.program->end_input();
    CHECK_MESSAGE(x.program->wait_for_end() == 0, x.program->log());
    CHECK(lines_with("said ", x.program->output()).size() == messages);
  }
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("In a pipe the client says what it reads and ends well") {
  chat_server server{"1"};
  auto client = server.chat("alice", "tea");
  client->write("hello\n/leave tea\n/join milk\n/list\nmoo\n/leave milk\n");
  client->end_input();
  CHECK_MESSAGE(client->wait_for_end() == 0, client->log());
  CHECK(client->output()
        == "entered alice\njoined tea alice\nsaid tea 1 alice hello\n"
           "left tea alice\njoined milk alice\nrooms milk=1\n"
           "said milk 1 alice moo\nleft milk alice\n");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Who joins gets the last 100 messages, then what follows") {
  chat_server server;
  auto first = server.lines();
  first.send("enter bob\njoin tea\n");
  receive_until(first, "joined tea bob");
  for (auto i = 1; i <= 150; ++i)
    first.send("say tea number " + std::to_string(i) + "\n");
  receive_until(first, "said tea 150 bob number 150");
  auto second = server.lines();
  second.send("enter carol\njoin tea\n");
  auto told = receive_until(second, "joined tea carol");
  REQUIRE(told.size() == 102);
  CHECK(told[0] == "entered carol");
  for (std::size_t i = 0; i < 100; ++i) {
    auto number = std::to_string(51 + i);
    CHECK(told[i + 1] == "said tea " + number + " bob number " + number);
  }
  receive_until(first, "joined tea carol");
  first.send("say tea welcome\n");
  CHECK(second.receive_line() == "said tea 151 bob welcome");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Commands that break a rule are refused, and the client stays") {
  chat_server server{"1"};
  auto alice = server.lines();
  CHECK(alice.ask("enter alice") == "entered alice");
  auto other = server.lines();
  for (std::string x : {"say tea hi", "enter alice", "enter no/slash", "hello"})
    CHECK(other.ask(x).value_or("").starts_with("refused "));
  CHECK(other.ask("enter bob") == "entered bob");
  CHECK(other.ask("say tea hi").value_or("").starts_with("refused say "));
  CHECK(other.ask("join tea") == "joined tea bob");
  CHECK(alice.ask("list") == "rooms tea=1");
  CHECK(alice.ask("list tea") == "members tea bob");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Without a server, or with a wrong option, the client says why") {
  server_process help{"troupe-chat", {"--help"}};
  CHECK(help.wait_for_end() == 0);
  CHECK((help.output() + help.log()).find("--nick") != std::string::npos);
  server_process nameless{"troupe-chat",
                          {"--server=127.0.0.1:1", "--nick=a b"}};
  CHECK(nameless.wait_for_end() == 2);
  CHECK(nameless.log().find("--nick") != std::string::npos);
  chat_server server{"1"};
  auto client = server.chat("alice", "tea");
  REQUIRE(wait_until(
    [&] { return !lines_with("joined tea alice", client->output()).empty(); }));
  CHECK_MESSAGE(server.terminate() == 0, server.log());
  CHECK(client->wait_for_end() == 1);
  CHECK(client->log().find("the server has ended") != std::string::npos);
}

TEST_SUITE_END();
