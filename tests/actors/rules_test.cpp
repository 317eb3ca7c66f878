// What rules see, and what they do about it.

#include "caf/send.hpp"

#include <doctest/doctest.h>

#include "troupe/codec/raw.hpp"
#include "troupe/tests/support/line_server.hpp"
#include "troupe/tests/support/shared_function.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

/// A listener with one rule, and one without, of which each line burns as many
/// microseconds as it says.
struct fixture : line_server {
  explicit fixture() {
    listen_options how;
    how.name = "watched";
    at = serve_lines(burner(), how);
    watched = sys.find("watched");
    beside = serve_lines(burner());
    guard.emplace(connect(beside));
  }

  std::function<caf::behavior(line_connection*)> burner() {
    return [this](line_connection* self) -> caf::behavior {
      return {[this, self](line& x) {
        sys.world().burn(1'000 * std::stoull(std::string{x.text()}));
        self->write(std::move(x));
      }};
    };
  }

  void add(rule_subject subject, std::uint64_t max, rule_answer answer,
           std::uint64_t pause_ms = 1'000) {
    watched->add_rule({subject, max, answer, pause_ms});
  }

  /// Whoever is not watched notices nothing.
  void check_others() {
    CHECK(ask(*guard, "10\n") == "10\n");
    CHECK_FALSE(log.has("resource_container=/connections"));
  }

  endpoint at;
  endpoint beside;
  resource_container_ptr watched;
  std::optional<sim_peer> guard;
};

TEST_CASE_FIXTURE(fixture, "Too dear a frame has its payer destroyed.") {
  add(rule_subject::cpu_us_per_frame, 5'000, rule_answer::destroy);
  auto polite = connect(at);
  auto greedy = connect(at);
  for (auto i = 0; i < 20; ++i)
    CHECK(ask(polite, "4000\n") == "4000\n");
  sys.advance(200);
  CHECK_FALSE(polite.is_ended());
  greedy.send("50000\n");
  sys.advance(200);
  CHECK(greedy.is_ended());
  CHECK_FALSE(polite.is_ended());
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("destroyed: cpu_us_per_frame 50") == 0);
  CHECK(log.count("rule_broken") == 1);
  CHECK(log.has("resource_container=/watched/"));
  CHECK(log.has("resource=cpu_us_per_frame limit=5000 observed=50"));
  CHECK(log.has("answer=destroy"));
  auto used = sys.usage(*watched);
  CHECK(used.destructions == 1);
  CHECK(used.connections == 1);
  check_others();
}

TEST_CASE_FIXTURE(fixture, "Who only listens works on no frame.") {
  add(rule_subject::cpu_us_per_frame, 5'000, rule_answer::destroy);
  caf::actor listener;
  listen_options how;
  how.name = "listening";
  auto here = serve_lines(
    [&](line_connection* self) -> caf::behavior {
      listener = caf::actor_cast<caf::actor>(self);
      return {[](line&) {}, [&](int) { sys.world().burn(700'000); }};
    },
    how);
  watched = sys.find("listening");
  add(rule_subject::cpu_us_per_frame, 5'000, rule_answer::destroy);
  auto peer = connect(here);
  peer.send("hello\n");
  for (auto i = 0; i < 50; ++i) {
    caf::anon_send(listener, i);
    sys.advance(20);
  }
  CHECK_FALSE(peer.is_ended());
  CHECK_FALSE(log.has("rule_broken"));
  listener = nullptr;
}

TEST_CASE_FIXTURE(fixture, "Too many frames a second suspend their payer.") {
  // So long that what waits comes in another second than what has broken it.
  add(rule_subject::frames_per_second, 100, rule_answer::suspend, 1'000);
  auto greedy = connect(at);
  auto polite = connect(at);
  auto send = [&](int lines) {
    for (auto i = 0; i < lines; ++i)
      greedy.send("1\n");
    sys.advance(110);
  };
  send(150);
  CHECK(log.count("rule_broken") == 1);
  CHECK(greedy.take_received().size() == 300);
  // Nothing is read any more.
  send(10);
  send(10);
  CHECK(greedy.take_received().empty());
  CHECK(ask(polite, "1\n") == "1\n");
  CHECK(sys.usage(*watched).suspensions == 1);
  CHECK(sys.usage(*watched).throttles >= 1);
  sys.advance(1'000);
  CHECK(greedy.take_received().size() == 40);
  CHECK(log.count("rule_broken") == 1);
  check_others();
}

TEST_CASE_FIXTURE(fixture, "A payer that is denied gets no new connections.") {
  listen_options how;
  how.name = "by address";
  how.payer = connection_payer::its_address;
  auto here = serve_lines(burner(), how);
  watched = sys.find("by address");
  add(rule_subject::frames_per_second, 10, rule_answer::deny, 300);
  auto first = connect(here);
  for (auto i = 0; i < 20; ++i)
    first.send("1\n");
  sys.advance(150);
  auto late = connect(here);
  CHECK(late.is_ended());
  CHECK(log.has("connection_refused"));
  CHECK(log.has("reason=denied"));
  // What it has goes on.
  CHECK(ask(first, "1\n").size() > 0);
  CHECK(sys.usage(*watched).denials == 1);
  CHECK(sys.usage(*watched).drops == 1);
  sys.advance(1'500);
  auto again = connect(here);
  CHECK(ask(again, "1\n") == "1\n");
  check_others();
}

TEST_CASE_FIXTURE(fixture, "A payer that is denied gets no messages staged.") {
  auto room = spawn_shared(sys.actors(), [](shared_actor*) -> caf::behavior {
    return {[](int x) { return x; }};
  });
  endings answers;
  listen_options how;
  how.name = "asking";
  auto here = serve_lines(
    [&, room](line_connection* self) -> caf::behavior {
      return {[&, self, room](line&) {
        self->request(room, caf::infinite, 1)
          .then([&](int) { answers.push_back("answer"); },
                [&](caf::error& x) { answers.push_back(describe(x)); });
      }};
    },
    how);
  auto peer = connect(here);
  CHECK(ask(peer, "1\n").empty());
  CHECK(answers == endings{"answer"});
  resource_container_ptr payer;
  sys.resources().for_each([&](resource_container& x) {
    if (x.path().find("/asking/") == 0)
      payer = &x;
  });
  auto now_ns = sys.at(0).time().now_ns();
  CHECK(payer->deny(now_ns, now_ns + 100'000'000));
  CHECK(ask(peer, "1\n").empty());
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].find("denied") == 0);
  sys.advance(200);
  CHECK(ask(peer, "1\n").empty());
  CHECK(answers.back() == "answer");
}

TEST_CASE_FIXTURE(fixture, "Who holds too much breaks a rule, too.") {
  add(rule_subject::memory, 3'000, rule_answer::destroy);
  auto greedy = connect(at);
  auto polite = connect(at);
  polite.send(std::string(2'000, '1'));
  greedy.send(std::string(4'000, '1'));
  sys.advance(250);
  CHECK(greedy.is_ended());
  CHECK_FALSE(polite.is_ended());
  CHECK(log.has("resource=memory limit=3000 observed=4000"));
  check_others();
}

TEST_CASE_FIXTURE(fixture, "A frame that does not come to its end.") {
  add(rule_subject::frame_ms, 100, rule_answer::destroy);
  auto slow = connect(at);
  auto polite = connect(at);
  slow.send("1");
  polite.send("1\n");
  sys.advance(99);
  CHECK_FALSE(slow.is_ended());
  sys.advance(5);
  CHECK(slow.is_ended());
  CHECK_FALSE(polite.is_ended());
  CHECK(log.has("resource=frame_ms limit=100 observed=101"));
  check_others();
}

TEST_CASE_FIXTURE(fixture, "A peer that does not read is suspended.") {
  listen_options how;
  how.name = "large answers";
  auto here = serve<raw_codec>(
    sys,
    [](connection_of<raw_codec>* self) -> caf::behavior {
      return {[=](bytes&) { self->write(bytes{std::string(200'000, 'x')}); }};
    },
    how);
  watched = sys.find("large answers");
  add(rule_subject::stall_ms, 50, rule_answer::suspend, 200);
  auto peer = connect(here);
  peer.stop_reading();
  peer.send("x");
  sys.advance(60);
  CHECK(log.count("rule_broken") == 1);
  sys.advance(150);
  CHECK(log.count("rule_broken") == 1);
  // It is looked at again when the pause is over.
  sys.advance(100);
  CHECK(log.count("rule_broken") == 2);
  CHECK(sys.usage(*watched).suspensions == 2);
  peer.start_reading();
  sys.advance(300);
  CHECK(peer.received().size() == 200'000);
  check_others();
}

} // namespace
