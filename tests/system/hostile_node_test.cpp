#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "troupe/tests/support/echo_cluster.hpp"
#include "troupe/tests/support/node_frames.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::steady_clock;

constexpr auto silence = 2s;

/// A cluster of which "z" is a member that has not been started, so that
/// somebody else can be it. The last by name is the one that dials.
struct scene {
  scene() : nodes{{"a", "b", "c", "z"}, {"--cluster-silence-ms=2000"}} {
    nodes.start("a", "b");
    nodes.start("b", "c");
    nodes.start("c", "a");
    REQUIRE(nodes.all_see("a,b,c"));
  }

  tcp_client connect(std::chrono::milliseconds timeout = 10s) {
    return tcp_client{nodes.host(), nodes.port("a"), timeout};
  }

  /// Whether `a` has cut the connection, and said why.
  bool was_cut(const tcp_client& x, const std::string& reason) {
    return nodes["a"]
      .wait_for_log(
        {"node_cut", ':' + std::to_string(x.own_port()) + " ", reason})
      .has_value();
  }

  void check_goes_on() {
    for (std::string x : {"a", "b", "c"})
      CHECK_MESSAGE(nodes.echoes(x), nodes[x].log());
    CHECK(nodes.count("a", "node_lost node=b") == 0);
    CHECK(nodes.count("a", "node_lost node=c") == 0);
  }

  void check_ends() {
    check_goes_on();
    for (std::string x : {"a", "b", "c"})
      CHECK_MESSAGE(nodes[x].terminate() == 0, nodes[x].log());
  }

  echo_cluster nodes;
};

/// What a hostile node sends, and why it is cut.
struct hostile_case {
  std::string what;
  std::string bytes;
  std::string reason;
};

void check_hostile(scene& here, const std::vector<hostile_case>& cases) {
  for (auto& x : cases) {
    CAPTURE(x.what);
    auto client = here.connect();
    client.send(x.bytes);
    client.receive_rest();
    CHECK(client.has_ended());
    CHECK_MESSAGE(here.was_cut(client, x.reason), here.nodes["a"].log());
    here.check_goes_on();
  }
}

/// `frame` after a handshake.
std::string greeted(const std::string& frame) {
  return client_handshake_of(1) + frame;
}

/// `frame` after it was welcome as `z`.
std::string welcome(const std::string& frame) {
  return greeted(hello_of({"z"})) + beat_of(1, 0, {"z"}) + frame;
}

std::string repeated(const std::string& x, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += x;
  return result;
}

constexpr auto not_addressed = "a message to an actor that no node may address";
constexpr auto not_sent = "a message that no node sends";
constexpr auto not_of_nodes = "a message that is none of a node's";
constexpr auto too_long = "a frame longer than link_frame_bytes_max";
constexpr auto no_handshake = "no handshake of a node";

} // namespace

TEST_SUITE_BEGIN("hostile_node");

TEST_CASE("Who is no node does not get beyond the handshake") {
  scene here;
  using enum basp_operation;
  check_hostile(
    here,
    {
      {"garbage", "GET / HTTP/1.1\r\nHost: of a cluster\r\n\r\n", too_long},
      {"an operation that is none", bytes_of({basp_operation{200}}), not_sent},
      {"a handshake of no bytes", bytes_of({client_handshake}), no_handshake},
      {"a server's handshake of no bytes",
       bytes_of({server_handshake, 0, 0, 3}), no_handshake},
      {"a handshake of no node",
       basp_frame({client_handshake}, u64_of(0) + "nonsense"), no_handshake},
      {"a handshake of half a node",
       basp_frame({client_handshake}, node_id_of(1).substr(0, 20)),
       no_handshake},
      {"a handshake of 5 KiB",
       basp_frame({client_handshake},
                  node_id_of(1) + std::string(5 * 1024, 'x')),
       too_long},
      {"a hello before the handshake", hello_of({"z"}), not_addressed},
      {"a message before the handshake",
       basp_frame({direct_message, 0, 0, 0, 0, 1}, "hello"), not_addressed},
    });
  here.check_ends();
}

TEST_CASE("A frame of 512 MiB is cut at its header") {
  scene here;
  here.check_goes_on();
  auto before = here.nodes["a"].resident_bytes();
  basp_header header{basp_operation::client_handshake};
  header.payload_bytes = 512U << 20;
  check_hostile(
    here, {
            {"at first", bytes_of(header), too_long},
            {"after the handshake",
             greeted(bytes_of(
               {basp_operation::direct_message, 1, 512U << 20, 0, 0, 1})),
             too_long},
            {"4 GiB",
             bytes_of({basp_operation::direct_message, 1, UINT32_MAX, 0, 0, 1}),
             too_long},
          });
  auto after = here.nodes["a"].resident_bytes();
  MESSAGE("resident KiB before and after: ", before >> 10, " and ",
          after >> 10);
  CHECK(after < before + (8U << 20));
  here.check_ends();
}

TEST_CASE("Who is no member is cut, whatever it says") {
  scene here;
  using enum basp_operation;
  const std::string payload(64, '\0');
  check_hostile(
    here,
    {
      {"to an actor by number",
       greeted(basp_frame({direct_message, 0, 0, 0, 0, 1}, payload)),
       not_addressed},
      {"to an actor by name",
       greeted(
         basp_frame({direct_message, 1, 0, 0, 0, 0x3DDD66F3376ADFB}, payload)),
       not_addressed},
      {"through this node",
       greeted(basp_frame({routed_message, 0, 0, 0, 1, 1},
                          node_id_of(1) + node_id_of(2) + payload)),
       not_sent},
      {"a monitor",
       greeted(basp_frame({monitor_message, 0, 0, 0, 0, 1},
                          node_id_of(1) + node_id_of(2))),
       not_sent},
      {"the end of an actor",
       greeted(basp_frame({down_message, 0, 0, 0, 1, 0}, payload)), not_sent},
      {"a server's handshake", greeted(server_handshake_of(1)),
       "a second handshake"},
      {"a handshake of another", greeted(client_handshake_of(2)),
       "a second handshake"},
      {"a type that nobody knows", greeted(node_message("troupe.other", "")),
       not_of_nodes},
      {"a type of the program",
       greeted(node_message("echo_text", text_of("hello"))), not_of_nodes},
      {"an actor", greeted(node_message("@actor", u64_of(7) + node_id_of(3))),
       not_of_nodes},
      {"messages within messages",
       greeted(node_message("@message",
                            repeated(message_of("@message", ""), 60'000))),
       not_of_nodes},
      {"half a hello",
       greeted(node_message("troupe.hello", u32_of(1) + "\x7Ftroupe")),
       not_of_nodes},
      {"more than a hello",
       greeted(node_message("troupe.hello", u32_of(1) + text_of("troupe")
                                              + text_of("z") + u64_of(1)
                                              + "more")),
       not_of_nodes},
      {"a hello of another version", greeted(hello_of({"z", "troupe", 2})),
       "it speaks another version"},
      {"a hello of another cluster", greeted(hello_of({"z", "others"})),
       "it is of another cluster"},
      {"a hello of nobody", greeted(hello_of({"nobody"})), "it is no member"},
      {"a hello of the node itself", greeted(hello_of({"a"})),
       "it is no member"},
      {"a hello of an earlier b", greeted(hello_of({"b", "troupe", 1, 1})),
       "a later one of its name is here"},
      {"parcels before a hello", greeted(parcels_of("echo", 1, "content")),
       "a message before it was welcome"},
      {"receipts before a hello",
       greeted(node_message("troupe.receipts", std::string(1, '\0'))),
       "a message before it was welcome"},
    });
  CHECK(here.nodes.count("a", "node_reached node=z") == 0);
  here.check_ends();
}

TEST_CASE("A member that does what members do not is cut") {
  scene here;
  check_hostile(
    here, {
            {"a second hello", welcome(hello_of({"z"})), "a second hello"},
            {"a beat that reaches too many",
             welcome(beat_of(2, 0, std::vector<std::string>(65, "z"))),
             "a beat with more than cluster_members_max"},
            {"a second handshake", welcome(client_handshake_of(5)),
             "a second handshake"},
          });
  here.check_ends();
}

TEST_CASE("A member whose parcels make no sense is cut") {
  scene here;
  // Parcels are welcome some time after the hello.
  auto play = [&](const std::string& what, const std::string& frame,
                  const std::string& reason) {
    CAPTURE(what);
    auto reached = here.nodes.count("a", "node_reached node=z");
    auto client = here.connect();
    client.send(welcome(""));
    auto end = steady_clock::now() + 5s;
    while (here.nodes.count("a", "node_reached node=z") == reached
           && steady_clock::now() < end)
      std::this_thread::sleep_for(2ms);
    client.send(frame);
    client.receive_rest();
    CHECK(client.has_ended());
    CHECK_MESSAGE(here.was_cut(client, reason), here.nodes["a"].log());
    here.check_goes_on();
  };
  play("a long name", parcels_of(std::string(129, 'n'), 1, "content"),
       "a name longer than actor_name_bytes_max");
  play("no message", parcels_of("echo", 1, "content"),
       "a message of no type that is known here");
  play("a type that nobody knows",
       parcels_of("echo", 1, message_of("other", "")),
       "a message of no type that is known here");
  here.check_ends();
}

TEST_CASE("Who says nothing is cut after the silence") {
  scene here;
  auto silent = here.connect();
  auto greeting = here.connect();
  greeting.send(client_handshake_of(1));
  auto begin = steady_clock::now();
  // Lives, and does not say who it is.
  auto nameless = here.connect();
  nameless.send(client_handshake_of(2));
  nameless.receive(32);
  while (!here.nodes["a"].wait_for_log({"node_cut", "no hello"}, 100ms)
         && steady_clock::now() < begin + 3 * silence)
    nameless.send(bytes_of({basp_operation::heartbeat}));
  CHECK_MESSAGE(here.was_cut(nameless, "no hello"), here.nodes["a"].log());
  silent.receive_rest();
  CHECK(silent.has_ended());
  greeting.receive_rest();
  CHECK(greeting.has_ended());
  auto passed = steady_clock::now() - begin;
  CHECK(passed > silence - 500ms);
  CHECK(passed < silence + 1500ms);
  CHECK_MESSAGE(here.was_cut(silent, "silent for 2000 ms"),
                here.nodes["a"].log());
  CHECK_MESSAGE(here.was_cut(greeting, ""), here.nodes["a"].log());
  here.check_ends();
}

TEST_CASE("A member that does not read is cut, and others go on") {
  scene here;
  auto rogue = here.connect();
  rogue.send(welcome(""));
  REQUIRE(here.nodes["a"].wait_for_log({"node_reached node=z"}));
  auto begin = steady_clock::now();
  auto has_gone = [&] { return here.nodes.count("a", "node_lost node=z") > 0; };
  for (auto beat = 2U; !has_gone() && steady_clock::now() < begin + 10s;
       ++beat) {
    rogue.send(beat_of(beat, 0, {"z"}));
    CHECK(here.nodes.echoes("a"));
    std::this_thread::sleep_for(100ms);
  }
  auto passed = steady_clock::now() - begin;
  CHECK(passed > silence - 500ms);
  CHECK(passed < silence + 1500ms);
  CHECK_MESSAGE(here.was_cut(rogue, "it does not read"), here.nodes["a"].log());
  here.check_ends();
}

TEST_CASE("A member that floods others with beats delays nobody's") {
  scene here;
  auto rogue = here.connect(10ms);
  rogue.send(welcome(""));
  REQUIRE(here.nodes["a"].wait_for_log({"node_reached node=z"}));
  std::uint64_t heard_ms = 0;
  std::uint64_t beats = 0;
  auto end = steady_clock::now() + 2 * silence;
  while (steady_clock::now() < end && !rogue.has_ended()) {
    auto flood = repeated(beat_of(2, heard_ms, {"z"}), 5'000);
    for (std::size_t sent = 0; sent < flood.size() && !rogue.has_ended();)
      sent += rogue.send(std::string_view{flood}.substr(sent));
    beats += 5'000;
    heard_ms = std::max(heard_ms, last_beat_ms(rogue.receive(64 * 1024)));
    CHECK(here.nodes.echoes("a"));
  }
  MESSAGE("beats a second: ", beats / 4);
  CHECK(here.nodes["a"].wait_for_log(
    {"beat_dropped", ':' + std::to_string(rogue.own_port()) + ' ',
     "more than beats_per_second_max"}));
  CHECK(here.nodes.count("a", "message_dropped") == 0);
  CHECK(here.nodes.count("a", "node_lost") == 0);
  here.check_ends();
}

TEST_CASE("A member that says a lot and does not read leaves nothing behind") {
  scene here;
  auto files = here.nodes["a"].open_files();
  auto rogue = here.connect(100ms);
  rogue.send(welcome(""));
  REQUIRE(here.nodes["a"].wait_for_log({"node_reached node=z"}));
  // Beats as fast as they go.
  auto request = basp_frame({basp_operation::heartbeat}, "");
  auto end = steady_clock::now() + 5s;
  while (here.nodes.count("a", "node_lost node=z") == 0
         && steady_clock::now() < end)
    rogue.send(repeated(beat_of(2, 0, {"z"}) + request, 100));
  CHECK_MESSAGE(here.was_cut(rogue, "it does not read"), here.nodes["a"].log());
  while (here.nodes["a"].open_files() > files && steady_clock::now() < end + 5s)
    std::this_thread::sleep_for(10ms);
  CHECK(here.nodes["a"].open_files() <= files);
  here.check_ends();
}

TEST_CASE("There are not more connections than nodes may need") {
  constexpr std::size_t connections_max = 4 * 64;
  scene here;
  auto files = here.nodes["a"].open_files();
  std::vector<tcp_client> crowd;
  for (std::size_t i = 0; i < connections_max + 50; ++i)
    crowd.push_back(here.connect(1ms));
  CHECK(here.nodes["a"].wait_for_log({"node_cut", "too many connections"}));
  here.check_goes_on();
  // Those beyond were cut before the silence, and the others after it.
  auto end = steady_clock::now() + 3 * silence;
  std::size_t ended = 0;
  while (ended < crowd.size() && steady_clock::now() < end) {
    ended = 0;
    for (auto& x : crowd) {
      x.receive_rest();
      ended += x.has_ended() ? 1 : 0;
    }
  }
  CHECK(ended == crowd.size());
  // Although nobody in the crowd closes.
  while (here.nodes["a"].open_files() > files && steady_clock::now() < end)
    std::this_thread::sleep_for(10ms);
  CHECK(here.nodes["a"].open_files() <= files);
  CHECK(here.nodes.count("a", "too many connections") >= 50);
  CHECK(here.nodes.count("a", "too many connections") < 60);
  here.check_ends();
}

TEST_SUITE_END();
