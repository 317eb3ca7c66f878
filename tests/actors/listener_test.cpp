#include "troupe/actors/listener.hpp"

#include <doctest/doctest.h>

#include "troupe/codec/line.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

TEST_CASE("A listener answers the address it is bound to.") {
  sim_system sys;
  auto one = serve<line_codec>(sys, echo<line_codec>());
  auto two = serve<line_codec>(sys, echo<line_codec>());
  CHECK(one.port != 0);
  CHECK(two.port != 0);
  CHECK(one != two);
}

TEST_CASE("An address that is taken is an error that names it.") {
  sim_system sys;
  auto at = serve<line_codec>(sys, echo<line_codec>());
  auto start = echo<line_codec>();
  connection_factory_ptr factory{
    new application<line_codec, decltype(start)>(start, {})};
  auto again = listen(sys.actors(), at, factory, {});
  REQUIRE_FALSE(again);
  CHECK(is(again.error(), errc::socket_failed));
  auto text = describe(again.error());
  CHECK(text.find("cannot listen on " + to_string(at)) != std::string::npos);
}

TEST_CASE("Connections are spread over the workers.") {
  sim_system sys{3};
  std::vector<std::size_t> counts(3);
  auto at = serve<line_codec>(
    sys, [&](connection_of<line_codec>* self) -> caf::behavior {
      ++counts[self->home().index()];
      return {[](line&) {}};
    });
  for (auto i = 0; i < 300; ++i)
    sys.world().connect(at);
  REQUIRE(sys.run_until_idle());
  CHECK(counts == std::vector<std::size_t>(3, 100));
  CHECK(sys.usage().connections == 300);
}

TEST_CASE("Each connection has a resource container under its listener's.") {
  sim_system sys;
  listen_options how;
  how.name = "tenant";
  auto at = serve<line_codec>(sys, echo<line_codec>(), how);
  auto peer = sys.world().connect(at);
  peer.send("hello\n");
  REQUIRE(sys.run_until_idle());
  auto find = [&]() -> std::optional<ledger_row> {
    sys.usage();
    for (auto& x : sys.resources().snapshot())
      if (x.depth == 2 && x.name == to_string(peer.address()))
        return x;
    return std::nullopt;
  };
  auto row = find();
  REQUIRE(row);
  CHECK(row->usage.connections == 1);
  CHECK(row->usage.bytes_in == 6);
  CHECK(row->usage.bytes_out == 6);
  CHECK(row->usage.frames_in == 1);
  CHECK(row->usage.frames_out == 1);
  CHECK(row->usage.cpu_ns > 0);
  peer.close();
  REQUIRE(sys.run_until_idle());
  CHECK_FALSE(find());
  // What is gone is not forgotten.
  for (auto& x : sys.resources().snapshot())
    if (x.name == "tenant")
      CHECK(x.usage.bytes_in == 6);
}

/// What `class_of` has, once a peer has connected and sent a line.
struct classified {
  explicit classified(const char* prefix,
                      connection_payer payer = connection_payer::itself) {
    auto* classes = new classifier;
    listen_options how;
    how.name = "others";
    how.classes = classifier_ptr{classes};
    how.payer = payer;
    how.resources.connections_max = 1;
    address_prefix wanted;
    REQUIRE(parse_address_prefix(prefix, wanted).empty());
    REQUIRE(classes->add(wanted, class_of));
    at = serve<line_codec>(sys, echo<line_codec>(), how);
    peers[0].emplace(sys.world().connect(at));
    peers[0]->send("hello\n");
    REQUIRE(sys.run_until_idle());
    CHECK(peers[0]->received() == "hello\n");
  }

  sim_system sys{2};
  resource_container_ptr class_of = sys.resources().make(sys.resources().root(),
                                                         "class");
  endpoint at;
  std::optional<sim_peer> peers[2];
};

TEST_CASE("A peer's address decides what its connection belongs to.") {
  classified to{"127.0.0.0/8"};
  CHECK(to.sys.usage(*to.class_of).connections == 1);
  CHECK(to.sys.usage(*to.class_of).frames_in == 1);
  CHECK(to.sys.usage(*to.class_of).cpu_ns > 0);
  // The listener's own bound is not what counts.
  to.peers[1].emplace(to.sys.world().connect(to.at));
  REQUIRE(to.sys.run_until_idle());
  CHECK_FALSE(to.peers[1]->is_ended());
  CHECK(to.sys.usage(*to.class_of).connections == 2);
  for (auto& x : to.peers)
    x->close();
  check_nothing_left(to.sys);
  CHECK(to.sys.usage(*to.class_of).connections == 0);
}

TEST_CASE("A peer of no class belongs to the listener.") {
  classified to{"10.0.0.0/8"};
  CHECK(to.sys.usage(*to.class_of).connections == 0);
  to.peers[1].emplace(to.sys.world().connect(to.at));
  REQUIRE(to.sys.run_until_idle());
  CHECK(to.peers[1]->is_ended());
}

TEST_CASE("Connections may be paid for by their class.") {
  classified to{"127.0.0.0/8", connection_payer::its_class};
  auto used = to.sys.usage(*to.class_of);
  CHECK(used.connections == 1);
  CHECK(used.frames_in == 1);
  for (auto& x : to.sys.resources().snapshot())
    CHECK(x.depth < 2
                      + (x.name == "polling" || x.name == "accepting"
                         || x.name == "timers" || x.name == "logging"
                         || x.name == "admin" || x.name == "helpers"));
  to.peers[0]->close();
  check_nothing_left(to.sys);
  CHECK(to.sys.usage(*to.class_of).connections == 0);
}

TEST_CASE("Connections over the bound are refused, with a reason.") {
  log_capture log;
  sim_system sys{2};
  listen_options how;
  how.name = "tenant";
  how.resources.connections_max = 3;
  auto at = serve<line_codec>(sys, echo<line_codec>(), how);
  std::vector<sim_peer> peers;
  for (auto i = 0; i < 5; ++i)
    peers.push_back(sys.world().connect(at));
  REQUIRE(sys.run_until_idle());
  std::size_t refused = 0;
  for (auto& x : peers)
    refused += x.is_ended() || x.is_reset();
  CHECK(refused == 2);
  CHECK(log.count("connection_refused") == 2);
  CHECK(log.has("reason=too_many_connections"));
  CHECK(log.has("resource_container=/tenant"));
  CHECK(log.has("limit=3"));
  auto used = sys.usage();
  CHECK(used.connections == 3);
  CHECK(used.drops == 2);
  peers[0].close();
  REQUIRE(sys.run_until_idle());
  auto late = sys.world().connect(at);
  late.send("hello\n");
  REQUIRE(sys.run_until_idle());
  CHECK(late.received() == "hello\n");
}

TEST_CASE("A listener out of descriptors pauses and goes on.") {
  log_capture log;
  sim_system sys;
  auto at = serve<line_codec>(sys, echo<line_codec>());
  REQUIRE(sys.run_until_idle());
  sys.world().fail_operation(0, io_status::exhausted);
  auto peer = sys.world().connect(at);
  peer.send("hello\n");
  REQUIRE(sys.run_until_idle());
  CHECK(log.has("accepting_paused"));
  CHECK(peer.received() == "");
  auto before = sys.world().operations();
  sys.advance(90);
  CHECK(sys.world().operations() == before);
  sys.advance(20);
  CHECK(peer.received() == "hello\n");
}

TEST_CASE("A peer that gives up in the backlog disturbs nobody.") {
  log_capture log;
  sim_system sys;
  auto at = serve<line_codec>(sys, echo<line_codec>());
  std::vector<sim_peer> peers;
  for (auto i = 0; i < 50; ++i) {
    peers.push_back(sys.world().connect(at));
    if (i % 2 == 0)
      peers.back().reset();
    else
      peers.back().send("hello\n");
  }
  REQUIRE(sys.run_until_idle());
  for (std::size_t i = 1; i < peers.size(); i += 2)
    CHECK(peers[i].received() == "hello\n");
  CHECK(sys.usage().connections == 25);
}

TEST_CASE("A factory that throws refuses that connection only.") {
  struct moody final : connection_factory {
    void open(const connection_io_ptr& io) const override {
      if (++opened % 2 == 0)
        throw std::runtime_error{"bad mood"};
      io->close({});
    }

    mutable int opened = 0;
  };
  log_capture log{log_level::debug};
  sim_system sys;
  auto at = listen(sys.actors(), loopback(), connection_factory_ptr{new moody},
                   {});
  REQUIRE(at);
  for (auto i = 0; i < 6; ++i) {
    auto peer = sys.world().connect(*at);
    REQUIRE(sys.run_until_idle());
    CHECK((peer.is_ended() || peer.is_reset()));
  }
  CHECK(log.count("bad mood") == 3);
  CHECK(sys.usage().connections == 0);
  CHECK(sys.world().open_sockets() == 1);
}

TEST_CASE("Draining closes every listener.") {
  sim_system sys{2};
  auto one = serve<line_codec>(sys, echo<line_codec>());
  auto two = serve<line_codec>(sys, echo<line_codec>());
  auto waiting = sys.world().connect(one);
  sys.drain();
  CHECK(sys.world().connect(one).is_reset());
  CHECK(sys.world().connect(two).is_reset());
  CHECK(sys.world().open_sockets() == 0);
  CHECK((waiting.is_reset() || waiting.is_ended()));
  CHECK(sys.usage().connections == 0);
}

} // namespace
