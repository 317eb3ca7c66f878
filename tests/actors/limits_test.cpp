// What limits on memory and rates do to the connections they are for.

#include "caf/send.hpp"

#include <doctest/doctest.h>

#include "troupe/codec/raw.hpp"
#include "troupe/tests/support/line_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

struct fixture : line_server {
  listen_options limited(const char* name,
                         const resource_attributes& resources) {
    listen_options result;
    result.name = name;
    result.resources = resources;
    return result;
  }
};

TEST_CASE_FIXTURE(fixture, "A rate bounds what is read, of all together.") {
  resource_attributes slow;
  slow.read_rate_max = 100'000;
  auto at = serve<raw_codec>(
    sys, [](auto*) -> caf::behavior { return {[](bytes&) {}}; },
    limited("slow", slow));
  auto beside = serve<raw_codec>(
    sys, [](auto*) -> caf::behavior { return {[](bytes&) {}}; },
    limited("free", {}));
  sim_peer peers[] = {connect(at), connect(at), connect(beside)};
  std::string flood(100'000, 'x');
  for (auto& x : peers)
    x.send(flood);
  sys.advance(500);
  // A window at once, and half a second of the rate.
  auto read = sys.usage(*sys.find("slow")).bytes_in;
  CHECK(read >= 50'000);
  CHECK(read <= 62'000);
  CHECK(sys.usage(*sys.find("free")).bytes_in == flood.size());
  CHECK(sys.usage(*sys.find("slow")).throttles > 0);
  CHECK(sys.usage(*sys.find("slow")).throttles < 500);
  CHECK(sys.find("slow")->last_throttle() == throttle::read_rate_max);
  sys.advance(2'000);
  CHECK(sys.usage(*sys.find("slow")).bytes_in == 2 * flood.size());
}

TEST_CASE_FIXTURE(fixture, "A rate bounds what is sent.") {
  resource_attributes slow;
  slow.write_rate_max = 100'000;
  auto how = limited("slow", slow);
  how.connection.write_stall_ms_max = 300;
  auto at = serve<raw_codec>(
    sys,
    [](connection_of<raw_codec>* self) -> caf::behavior {
      return {[=](bytes&) {
        for (auto i = 0; i < 10; ++i)
          self->write(bytes{std::string(10'000, 'x')});
        self->close();
      }};
    },
    how);
  auto peer = connect(at);
  peer.send("go");
  sys.advance(400);
  CHECK(peer.received().size() >= 40'000);
  CHECK(peer.received().size() <= 55'000);
  CHECK(sys.find("slow")->last_throttle() == throttle::write_rate_max);
  // Who is held back by us is not one that does not read.
  sys.advance(1'000);
  CHECK(peer.received().size() == 100'000);
  CHECK(peer.is_ended());
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A frame that we do not read is not late.") {
  resource_attributes slow;
  slow.read_rate_max = 5'000;
  auto how = limited("slow", slow);
  how.connection.frame_ms_max = 200;
  auto at = serve_lines(echo<line_codec>(), how);
  auto peer = connect(at);
  std::string line(5'000, 'x');
  peer.send(line + "\n");
  sys.advance(3'000);
  CHECK(peer.received().size() == line.size() + 1);
  CHECK(ended.empty());
}

TEST_CASE_FIXTURE(fixture, "Who holds too much is not read from.") {
  resource_attributes little;
  little.memory_max = 200'000;
  auto at = serve<raw_codec>(
    sys,
    [](connection_of<raw_codec>* self) -> caf::behavior {
      return {[=](bytes&) { self->write(bytes{std::string(80'000, 'x')}); }};
    },
    limited("little", little));
  auto greedy = connect(at);
  greedy.stop_reading();
  for (auto i = 0; i < 200; ++i) {
    greedy.send("x");
    sys.advance(5);
  }
  auto used = sys.usage(*sys.find("little"));
  CHECK(used.connections == 1);
  CHECK(used.memory_bytes >= 150'000);
  CHECK(used.memory_bytes <= 200'000);
  CHECK(sys.find("little")->last_throttle() == throttle::memory_max);
  // It goes on where it was stopped.
  greedy.start_reading();
  sys.advance(100);
  CHECK(greedy.received().size() > 300'000);
  CHECK(sys.usage(*sys.find("little")).memory_bytes == 0);
}

TEST_CASE_FIXTURE(fixture, "Who is written more than it may hold is closed.") {
  resource_attributes little;
  little.memory_max = 100'000;
  auto at = serve<raw_codec>(
    sys,
    [this](connection_of<raw_codec>* self) -> caf::behavior {
      report_end(self, ended);
      return {[=](bytes&) { self->write(bytes{std::string(200'000, 'x')}); }};
    },
    limited("little", little));
  auto beside = serve_lines(echo<line_codec>());
  auto kept = connect(beside);
  auto greedy = connect(at);
  greedy.stop_reading();
  greedy.send("x");
  REQUIRE(sys.run_until_idle());
  CHECK(greedy.is_ended());
  REQUIRE(ended.size() == 1);
  CHECK(ended[0] == "memory_full: memory_max 100000 of /little");
  CHECK(sys.usage(*sys.find("little")).memory_bytes == 0);
  CHECK(ask(kept, "one\n") == "one\n");
}

TEST_CASE_FIXTURE(fixture, "Those who hold all there is end in time.") {
  resource_attributes little;
  little.memory_max = 8'000;
  auto how = limited("little", little);
  how.connection.frame_ms_max = 200;
  auto at = serve_lines(echo<line_codec>(), how);
  // Each waits for the rest of its frame, and none is read.
  sim_peer holders[] = {connect(at), connect(at)};
  for (auto& x : holders)
    x.send(std::string(3'500, 'x'));
  auto waiting = connect(at);
  sys.advance(50);
  waiting.send("one\n");
  sys.advance(50);
  CHECK(waiting.received().empty());
  CHECK(sys.find("little")->last_throttle() == throttle::memory_max);
  sys.advance(500);
  for (auto& x : holders)
    CHECK(x.is_ended());
  CHECK(waiting.received() == "one\n");
}

TEST_CASE_FIXTURE(fixture, "A slow sender gains nothing by being held up.") {
  resource_attributes slow;
  slow.read_rate_max = 20'000;
  auto how = limited("slow", slow);
  how.connection.frame_ms_max = 300;
  auto at = serve_lines(echo<line_codec>(), how);
  auto accomplice = connect(at);
  auto peer = connect(at);
  auto ms = 0;
  for (; ms < 3'000 && !peer.is_ended(); ms += 10) {
    accomplice.send(std::string(100, '\n'));
    peer.send("x");
    sys.advance(10);
  }
  CHECK(peer.is_ended());
  CHECK(ms >= 300);
  CHECK(log.has("frame_timeout"));
}

TEST_CASE_FIXTURE(fixture, "What is due later does not keep from reading.") {
  listen_options how;
  how.name = "reminded";
  how.payer = connection_payer::its_class;
  auto at = serve_lines(
    [](line_connection* self) -> caf::behavior {
      return {[=](line& x) {
                for (auto i = 0; i < 300; ++i)
                  self->delayed_send(self, std::chrono::seconds{30}, i);
                self->write(std::move(x));
              },
              [](int) {}};
    },
    how);
  auto peer = connect(at);
  for (auto i = 0; i < 3; ++i)
    CHECK(ask(peer, "one\n") == "one\n");
  CHECK(sys.usage(*sys.find("reminded")).queued_messages == 900);
  CHECK(sys.find("reminded")->staged_messages() == 0);
}

TEST_CASE_FIXTURE(fixture, "A rate of nothing can be raised again.") {
  resource_attributes none;
  none.read_rate_max = 0;
  auto at = serve_lines(echo<line_codec>(), limited("stopped", none));
  auto peer = connect(at);
  peer.send("one\n");
  sys.advance(1'000);
  CHECK(peer.received().empty());
  none.read_rate_max = 1'000'000;
  CHECK(sys.find("stopped")->change(none) == "");
  sys.advance(200);
  CHECK(peer.received() == "one\n");
}

TEST_CASE_FIXTURE(fixture, "Who is frozen sends nothing, whatever its rate.") {
  resource_attributes slow;
  slow.write_rate_max = 100'000;
  auto at = serve<raw_codec>(
    sys,
    [](connection_of<raw_codec>* self) -> caf::behavior {
      return {[=](bytes&) { self->write(bytes{std::string(100'000, 'x')}); }};
    },
    limited("slow", slow));
  auto peer = connect(at);
  peer.send("go");
  sys.advance(100);
  sys.find("slow")->freeze();
  sys.advance(50);
  auto before = peer.received().size();
  CHECK(before > 0);
  CHECK(before < 50'000);
  sys.advance(500);
  CHECK(peer.received().size() == before);
  sys.find("slow")->thaw();
  sys.advance(2'000);
  CHECK(peer.received().size() == 100'000);
}

TEST_CASE_FIXTURE(fixture, "Who moves in circles ends where it was put last.") {
  auto& all = sys.resources();
  auto a = all.make(all.root(), "a");
  auto b = all.make(all.root(), "b");
  auto start = echo<line_codec>();
  auto at_a = serve_for(a, start);
  auto at_b = serve_for(b, start);
  sim_peer peers[] = {connect(at_a), connect(at_a), connect(at_b),
                      connect(at_b)};
  for (auto i = 0; i < 20; ++i) {
    // Each worker learns of all of it at once, the first thing first.
    b->freeze();
    CHECK(a->move_to(b) == "");
    CHECK(a->move_to(all.root()) == "");
    CHECK(b->move_to(a) == "");
    b->thaw();
    for (auto& x : peers)
      CHECK(ask(x, "one\n") == "one\n");
    b->freeze();
    CHECK(b->move_to(all.root()) == "");
    CHECK(a->move_to(b) == "");
    b->thaw();
    for (auto& x : peers)
      CHECK(ask(x, "two\n") == "two\n");
    CHECK(a->move_to(all.root()) == "");
  }
}

TEST_CASE_FIXTURE(fixture, "Connections of one address have one payer.") {
  listen_options how;
  how.name = "here";
  how.payer = connection_payer::its_address;
  auto at = serve_lines(echo<line_codec>(), how);
  std::vector<sim_peer> peers;
  for (auto i = 0; i < 5; ++i)
    peers.push_back(connect(at));
  for (auto& x : peers)
    CHECK(ask(x, "one\n") == "one\n");
  auto who = sys.find("127.0.0.1");
  CHECK(who->path() == "/here/127.0.0.1");
  auto used = sys.usage(*who);
  CHECK(used.connections == 5);
  CHECK(used.frames_in == 5);
  CHECK(sys.usage(*sys.find("here")).connections == 5);
  // Both workers work for it.
  who->destroy("a test");
  REQUIRE(sys.run_until_idle());
  for (auto& x : peers)
    CHECK(x.is_ended());
  CHECK(sys.usage(*sys.find("here")).connections == 0);
}

// -- moving
// ---------------------------------------------------------------------

/// Moves to the resource container that a line names.
auto moving(sim_system& sys, endings& answers) {
  return [&](line_connection* self) -> caf::behavior {
    return {[&, self](line& x) {
      sys.world().burn(1'000'000);
      if (x.text().substr(0, 3) == "to ") {
        auto to = sys.find(x.text().substr(3));
        answers.push_back(describe(self->move_to(to)));
      }
      self->write(std::move(x));
    }};
  };
}

struct mover : fixture {
  void check_move(connection_payer payer) {
    auto gold = sys.resources().make(sys.resources().root(), "gold");
    listen_options how;
    how.name = "hall";
    how.payer = payer;
    auto at = serve_lines(moving(sys, answers), how);
    auto peer = connect(at);
    auto other = connect(at);
    CHECK(ask(other, "hello\n") == "hello\n");
    CHECK(ask(peer, "to gold\n") == "to gold\n");
    CHECK(answers == endings{describe(caf::error{})});
    auto before = sys.usage(*sys.find("hall"));
    CHECK(before.connections == 1);
    for (auto i = 0; i < 10; ++i)
      CHECK(ask(peer, "one\n") == "one\n");
    peer.send("half");
    REQUIRE(sys.run_until_idle());
    auto after = sys.usage(*gold);
    CHECK(after.connections == 1);
    CHECK(after.memory_bytes == 4);
    CHECK(after.cpu_ns >= 10'000'000);
    CHECK(sys.usage(*sys.find("hall")).cpu_ns < before.cpu_ns + 100'000);
    CHECK(sys.usage(*sys.find("hall")).memory_bytes == 0);
    // What holds for the one does not hold for the other any more.
    sys.find("hall")->destroy("a test");
    REQUIRE(sys.run_until_idle());
    CHECK(other.is_ended());
    CHECK(ask(peer, " a line\n") == "half a line\n");
    gold->freeze();
    CHECK(ask(peer, "late\n").empty());
    gold->thaw();
    REQUIRE(sys.run_until_idle());
    CHECK(peer.take_received() == "late\n");
    gold->destroy("a test");
    REQUIRE(sys.run_until_idle());
    CHECK(peer.is_ended());
    check_nothing_left(sys);
  }

  endings answers;
};

TEST_CASE_FIXTURE(mover, "A connection moves with its resource container.") {
  check_move(connection_payer::itself);
}

TEST_CASE_FIXTURE(mover, "A connection leaves its class for another.") {
  check_move(connection_payer::its_class);
}

TEST_CASE_FIXTURE(mover, "A connection leaves its address for another payer.") {
  check_move(connection_payer::its_address);
}

TEST_CASE_FIXTURE(mover, "Where there is no room a connection does not go.") {
  resource_attributes full;
  full.connections_max = 0;
  auto gold = sys.resources().make(sys.resources().root(), "gold", full);
  listen_options how;
  how.payer = connection_payer::its_class;
  auto at = serve_lines(moving(sys, answers), how);
  how.payer = connection_payer::itself;
  how.name = "beside";
  auto beside = serve_lines(moving(sys, answers), how);
  auto first = connect(at);
  auto second = connect(beside);
  CHECK(ask(first, "to gold\n") == "to gold\n");
  CHECK(ask(second, "to gold\n") == "to gold\n");
  CHECK(ask(second, "to timers\n") == "to timers\n");
  CHECK(answers
        == endings{
          "too_many_connections: connections_max of /gold",
          "move_refused: connections_max of \"gold\" is reached",
          "move_refused: the runtime's own work is by itself",
        });
  CHECK(sys.usage(*gold).connections == 0);
  CHECK(ask(first, "one\n") == "one\n");
}

} // namespace
