// Every operation of a transport fails once, in each way it can fail.

#include <doctest/doctest.h>

#include "troupe/actors/client.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/codec/raw.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

/// A world in which the operation after `n` others fails.
struct faulty_run {
  faulty_run(std::uint64_t n, io_status how)
    : log(log_level::debug), sys(2, make_options(n)) {
    sys.world().fail_operation(n, how);
  }

  static sim_options make_options(std::uint64_t seed) {
    sim_options result;
    result.seed = seed;
    result.pipe_bytes_max = 5'000;
    result.segment_bytes_max = 400;
    return result;
  }

  /// What is left of time and timers when something pauses or tries again.
  void settle() {
    REQUIRE(sys.run_until_idle());
    sys.advance(500);
  }

  /// Whether `peer` got an answer to all that it has sent; if not, its
  /// connection has ended, and the log says why.
  bool is_served(sim_peer peer, std::string_view expected) {
    if (peer.received() == expected && !peer.is_reset())
      return true;
    auto got = peer.received();
    CHECK(expected.substr(0, got.size()) == got);
    CHECK((peer.is_reset() || peer.is_ended()));
    auto why = "peer=" + to_string(peer.address());
    auto is_aborted_early = sys.world().failed_operation() == "accept";
    CHECK((log.has(why) || is_aborted_early));
    return false;
  }

  /// Drains and checks that nothing is left of anybody.
  void end() {
    sys.drain();
    settle();
    auto left = sys.usage();
    CHECK(left.connections == 0);
    CHECK(left.memory_bytes == 0);
    CHECK(left.queued_messages == 0);
    CHECK(left.cpu_ns == sys.cpu_ns());
    CHECK(sys.world().open_sockets() == 0);
  }

  bool has_failed() const {
    return !sys_world().failed_operation().empty();
  }

  const sim_world& sys_world() const {
    return const_cast<sim_system&>(sys).world();
  }

  log_capture log;
  endings ended;
  sim_system sys;
};

std::string lines(const char* name, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += name + (" says " + std::to_string(i)) + "\n";
  return result;
}

/// Runs `scenario` with a fault at each operation, until none is left to fail,
/// and answers how many there were.
template <class F>
std::uint64_t for_each_operation(F scenario) {
  for (auto how : {io_status::failed, io_status::exhausted})
    for (std::uint64_t n = 0;; ++n) {
      INFO("operation ", n,
           how == io_status::failed ? " failed" : " exhausted");
      REQUIRE(n < 10'000);
      faulty_run run{n, how};
      INFO("operation ", n);
      scenario(run);
      if (!run.has_failed()) {
        if (how == io_status::exhausted)
          return n;
        break;
      }
    }
  return 0;
}

TEST_CASE("A server survives the failure of any operation.") {
  auto operations = for_each_operation([](faulty_run& run) {
    auto& sys = run.sys;
    auto start = [&](connection_of<line_codec>* self) -> caf::behavior {
      report_end(self, run.ended);
      return {[=](line& x) { self->write(std::move(x)); }};
    };
    connection_factory_ptr factory{
      new application<line_codec, decltype(start)>(start, {})};
    auto at = listen(sys.actors(), loopback(), factory, {});
    if (!at) {
      CHECK(is(at.error(), errc::socket_failed));
      CHECK(sys.world().failed_operation() == "listen");
      run.end();
      return;
    }
    auto one = sys.world().connect(*at);
    auto two = sys.world().connect(*at);
    auto from_one = lines("one", 300);
    auto from_two = lines("two", 300);
    one.send(std::string_view{from_one}.substr(0, 1'000));
    two.stop_reading();
    two.send(from_two);
    run.settle();
    two.start_reading();
    one.send(std::string_view{from_one}.substr(1'000));
    run.settle();
    auto is_one_served = run.is_served(one, from_one);
    one.close();
    run.settle();
    auto more = lines("two again", 10);
    two.send(more);
    run.settle();
    auto is_two_served = run.is_served(two, from_two + more);
    // One operation is one connection's.
    CHECK((is_one_served || is_two_served));
    if (!run.has_failed()) {
      CHECK(is_one_served);
      CHECK(is_two_served);
    }
    auto late = sys.world().connect(*at);
    late.send("late\n");
    run.settle();
    if (run.has_failed())
      run.is_served(late, "late\n");
    else
      CHECK(late.received() == "late\n");
    run.end();
    for (auto& x : run.ended)
      CHECK((x == "normal" || x.find("socket_failed: ") == 0));
  });
  CHECK(operations > 50);
}

TEST_CASE("A client survives the failure of any operation.") {
  auto operations = for_each_operation([](faulty_run& run) {
    auto& sys = run.sys;
    auto server = sys.world().listen(loopback());
    std::string received;
    auto client = connect<raw_codec>(
      sys.actors(), server.address(),
      [&](connection_of<raw_codec>* self) -> caf::behavior {
        report_end(self, run.ended);
        self->write(bytes{"hello"});
        return {[&](bytes& x) { received += x.text(); },
                [=](bool) { self->close(); }};
      });
    run.settle();
    auto peer = server.accept();
    // A failed attempt leaves its connection behind, before the good one.
    while (server.waiting() > 0)
      peer = server.accept();
    REQUIRE(peer);
    auto text = lines("peer", 100);
    peer->send(text);
    run.settle();
    CHECK(text.substr(0, received.size()) == received);
    if (run.ended.empty()) {
      CHECK(peer->received() == "hello");
      CHECK(received == text);
      caf::anon_send(client, true);
      run.settle();
      CHECK(peer->is_ended());
    }
    REQUIRE(run.ended.size() == 1);
    CHECK(
      (run.ended[0] == "normal" || run.ended[0].find("socket_failed: ") == 0));
    CHECK((run.has_failed() || run.ended[0] == "normal"));
    CHECK(run.log.has("connection_closed"));
    client = nullptr;
    run.end();
  });
  CHECK(operations > 8);
}

TEST_CASE("A client without a server gives up whatever fails.") {
  for_each_operation([](faulty_run& run) {
    auto& sys = run.sys;
    connect_options how;
    how.attempts_max = 3;
    how.backoff_ms_min = 10;
    auto client = connect<raw_codec>(
      sys.actors(), loopback(7),
      [&](connection_of<raw_codec>* self) -> caf::behavior {
        report_end(self, run.ended);
        return {[](bytes&) {}};
      },
      how);
    run.settle();
    REQUIRE(run.ended.size() == 1);
    CHECK(run.ended[0].find("connect_failed: 127.0.0.1:7: ") == 0);
    CHECK(run.ended[0].find("after 3 attempts") != std::string::npos);
    client = nullptr;
    run.end();
  });
}

TEST_CASE("A stop in the middle of anything leaves no socket open.") {
  for (std::size_t rounds = 0; rounds < 40; ++rounds) {
    faulty_run run{100'000, io_status::failed};
    auto& sys = run.sys;
    auto at = serve<line_codec>(sys, echo<line_codec>());
    std::vector<sim_peer> peers;
    for (auto i = 0; i < 4; ++i) {
      peers.push_back(sys.world().connect(at));
      peers.back().send(lines("peer", 500));
    }
    peers[0].stop_reading();
    peers[1].close();
    auto client = connect<line_codec>(sys.actors(), at, echo<line_codec>());
    client = nullptr;
    for (std::size_t n = 0; n < rounds; ++n)
      sys.run_round();
    sys.stop();
    CHECK(sys.world().open_sockets() == 0);
    peers.erase(peers.begin() + 1);
    for (auto& x : peers) {
      x.start_reading();
      CHECK((x.is_ended() || x.is_reset()));
    }
  }
}

} // namespace
