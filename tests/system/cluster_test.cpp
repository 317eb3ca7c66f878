#include <doctest/doctest.h>

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "troupe/tests/support/echo_cluster.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::steady_clock;

const std::vector<std::string> abc{"a", "b", "c"};

/// Who sends back what the clients of `node` send.
std::string next_to(const std::string& node) {
  return node == "a" ? "b" : node == "b" ? "c" : "a";
}

} // namespace

TEST_SUITE_BEGIN("cluster");

TEST_CASE("Three nodes reach each other in whatever order they are started") {
  auto order = abc;
  do {
    echo_cluster nodes{abc};
    for (auto& x : order) {
      CAPTURE(x);
      nodes.start(x, next_to(x));
    }
    for (auto& x : abc) {
      CHECK_MESSAGE(nodes.sees(x, "a,b,c"), nodes[x].log());
      CHECK(nodes[x].wait_for_log({" cluster_view ", "a,b,c", "quorum=yes"}));
      CHECK_MESSAGE(nodes.echoes(x), nodes[x].log());
    }
    for (auto& x : abc)
      CHECK_MESSAGE(nodes[x].terminate() == 0, nodes[x].log());
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("A node that is killed is missed at once, and may come back") {
  echo_cluster nodes{abc};
  for (auto& x : abc)
    nodes.start(x, next_to(x));
  REQUIRE(nodes.all_see("a,b,c"));
  REQUIRE(nodes.echoes("a"));
  for (std::size_t round = 1; round <= 3; ++round) {
    CAPTURE(round);
    auto begin = steady_clock::now();
    nodes.kill("b");
    CHECK_MESSAGE(nodes.sees("a", "a,c"), nodes["a"].log());
    CHECK_MESSAGE(nodes.sees("c", "a,c"), nodes["c"].log());
    CHECK(steady_clock::now() - begin < 1s);
    CHECK(nodes.count("a", "node_lost node=b") == round);
    CHECK_MESSAGE(nodes.echoes("c"), nodes["c"].log());
    nodes.start("b", "c");
    CHECK_MESSAGE(nodes.all_see("a,b,c"), nodes["a"].log());
    CHECK(nodes.count("a", "node_reached node=b") == round + 1);
    CHECK_MESSAGE(nodes.echoes("a"), nodes["a"].log());
    CHECK_MESSAGE(nodes.echoes("b"), nodes["b"].log());
  }
}

TEST_CASE("A node that stands still is missed after the silence") {
  echo_cluster nodes{abc, {"--cluster-silence-ms=2000"}};
  for (auto& x : abc)
    nodes.start(x, next_to(x));
  REQUIRE(nodes.all_see("a,b,c"));
  auto begin = steady_clock::now();
  REQUIRE(kill(nodes["b"].id(), SIGSTOP) == 0);
  CHECK_MESSAGE(nodes.sees("a", "a,c"), nodes["a"].log());
  CHECK_MESSAGE(nodes.sees("c", "a,c"), nodes["c"].log());
  auto passed = steady_clock::now() - begin;
  CHECK(passed > 1500ms);
  CHECK(passed < 3500ms);
  CHECK_MESSAGE(nodes["a"].wait_for_log({"node_cut", "silent for 2000 ms"}, 0s),
                nodes["a"].log());
  CHECK_MESSAGE(nodes.echoes("c"), nodes["c"].log());
  REQUIRE(kill(nodes["b"].id(), SIGCONT) == 0);
  // It finds out what it has missed, and takes others for silent.
  CHECK_MESSAGE(nodes.echoes_soon("a"), nodes["a"].log());
  CHECK_MESSAGE(nodes.echoes_soon("b"), nodes["b"].log());
  CHECK_MESSAGE(nodes.all_see("a,b,c"), nodes["b"].log());
  for (auto& x : abc)
    CHECK_MESSAGE(nodes[x].terminate() == 0, nodes[x].log());
}

TEST_CASE("Without a majority there is no quorum") {
  echo_cluster nodes{abc};
  for (auto& x : abc)
    nodes.start(x, next_to(x));
  REQUIRE(nodes.all_see("a,b,c"));
  nodes.kill("a");
  nodes.kill("b");
  // Whom the majority may still reach is no less live for it.
  CHECK_MESSAGE(nodes["c"].wait_for_log({" live=a,b,c ", "quorum=no"}),
                nodes["c"].log());
}

TEST_CASE("A node hears a room once, however many members it has there") {
  constexpr std::size_t members = 20;
  constexpr std::size_t words = 300;
  const std::vector<std::string> ab{"a", "b"};
  // Who starts nobody, but knows addresses.
  echo_cluster addresses{ab};
  auto place = [&](const std::string& x) {
    return addresses.host() + ':' + std::to_string(addresses.port(x));
  };
  std::map<std::string, server_process> nodes;
  for (auto& x : ab)
    nodes.emplace(std::piecewise_construct, std::forward_as_tuple(x),
                  std::forward_as_tuple(
                    "troupe-chat-server",
                    std::vector<std::string>{
                      "--listen=127.0.0.1:0", "--listen-lines=127.0.0.1:0",
                      "--node=" + x, "--cluster-listen=" + place(x),
                      "--cluster=a@" + place("a") + ",b@" + place("b")}));
  std::vector<tcp_client> clients;
  for (auto& [name, node] : nodes) {
    REQUIRE(node.wait_for_log({" cluster_view ", "live=a,b "}));
    for (std::size_t i = 0; i < members; ++i) {
      auto nickname = name + std::to_string(i);
      auto& client = clients.emplace_back(node.port(1));
      REQUIRE(client.ask("enter " + nickname) == "entered " + nickname);
      client.send("join room\n");
      auto joined = "joined room " + nickname;
      for (auto line = client.receive_line(); line != joined;
           line = client.receive_line())
        REQUIRE(line);
    }
  }
  // Each of those before hears who comes behind it, and then the words.
  auto hear = [](tcp_client& client) {
    auto line = client.receive_line();
    while (line && !line->starts_with("said "))
      line = client.receive_line();
    return line.value_or("");
  };
  for (std::size_t i = 1; i <= words; ++i) {
    clients.front().send("say room word\n");
    for (auto& client : clients)
      REQUIRE(hear(client).ends_with('.' + std::to_string(i) + " a0 word"));
  }
  std::size_t most = 0;
  for (auto& [name, node] : nodes) {
    REQUIRE(node.terminate() == 0);
    auto ended = node.wait_for_log({" link_ended "}, 0s);
    REQUIRE(ended);
    auto sent = std::stoul(ended->substr(ended->find("parcels_sent=") + 13));
    // Besides words, who has joined, and each second whether all was heard.
    CHECK(sent < words + 5 * members);
    most = std::max(most, sent);
  }
  CHECK(most >= words);
}

TEST_CASE("An option of a cluster that makes no sense is named") {
  struct wrong {
    std::vector<std::string> arguments;
    std::string said;
  };
  const std::string listen = "--cluster-listen=127.0.0.1:4800";
  const std::string away = "--cluster-listen=192.0.2.1:4800";
  for (auto& x : std::vector<wrong>{
         {{listen}, "cluster and cluster-listen need a node"},
         {{"--cluster=b@127.0.0.1:4801"},
          "cluster and cluster-listen need a node"},
         {{"--node=a b", listen}, "node is not 1 to 32 letters"},
         {{"--node=a"}, "cluster-listen is not an IP address and a port"},
         {{"--node=a", "--cluster-listen=127.0.0.1:0"},
          "cluster-listen is not an IP address and a port"},
         {{"--node=a", listen, "--cluster-name=a b"},
          "cluster-name is not 1 to 32 letters"},
         {{"--node=a", listen, "--cluster=b"},
          "cluster \"b\" is not NAME@ADDR:PORT"},
         {{"--node=a", listen, "--cluster=b@127.0.0.1:1,b@127.0.0.1:2"},
          "cluster names b twice"},
         {{"--node=a", listen, "--cluster-silence-ms=1999"},
          "cluster-silence-ms is not in 2000 to 500000"},
         {{"--node=a", listen, "--cluster-silence-ms=soon"},
          "cluster-silence-ms"},
         {{"--node=a", away}, "cluster-listen is not on loopback"},
         {{"--node=a", away, "--cluster-certificate=/dev/null"},
          "cluster-certificate, cluster-key and cluster-ca belong together"},
         {{"--node=a", away, "--cluster-certificate=/dev/null",
           "--cluster-key=/nonexistent/a.key", "--cluster-ca=/dev/null"},
          "cannot read \"/nonexistent/a.key\""},
         {{"--node=a", listen, "--to=b"}, "to is no node of the cluster"},
         {{"--to=b"}, "to is no node of the cluster"},
       }) {
    CAPTURE(x.said);
    server_process server{"troupe-echo", x.arguments};
    CHECK(server.wait_for_end(10s) == 2);
    auto said = server.log();
    CHECK_MESSAGE(said.starts_with("error: "), said);
    CHECK_MESSAGE(said.find(x.said) != said.npos, said);
    CHECK(server.output().find("listening") == std::string::npos);
  }
}

TEST_SUITE_END();
