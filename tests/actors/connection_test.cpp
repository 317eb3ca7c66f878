#include "troupe/actors/connection.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>

#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"
#include "caf/skip.hpp"

#include <doctest/doctest.h>

#include "troupe/codec/raw.hpp"
#include "troupe/tests/support/line_server.hpp"
#include "troupe/tests/support/plain_actor.hpp"

namespace {

/// An answer that is given later.
struct due_answer {
  caf::response_promise to;
  int value;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(due_answer)

namespace {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

using fixture = line_server;

/// Behavior of a connection that echoes, and does other things for some words.
caf::behavior obedient(line_connection* self) {
  return {[=](line& x) {
    if (x.text() == "throw")
      throw std::runtime_error{"as it was told"};
    if (x.text() == "throw 42")
      throw 42; // NOLINT: not a std::exception on purpose
    if (x.text() == "close") {
      self->write(line{"bye"});
      self->close();
      return;
    }
    self->write(std::move(x));
  }};
}

/// Answers numbers doubled, after a second if they are negative.
caf::behavior doubling(caf::event_based_actor* self) {
  return {
    [=](int x) -> caf::result<int> {
      if (x >= 0)
        return 2 * x;
      auto answer = self->make_response_promise<int>();
      self->delayed_send(self, 1s, due_answer{answer, 2 * x});
      return answer;
    },
    [](due_answer& x) { x.to.deliver(x.value); },
  };
}

// -- the bytes ----------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Each frame comes back once, in order, in time.") {
  auto at = serve_lines(echo<line_codec>());
  auto peer = connect(at);
  CHECK(ask(peer, "one\n") == "one\n");
  CHECK(ask(peer, "two\nthr") == "two\n");
  CHECK(ask(peer, "ee\n\n") == "three\n\n");
}

TEST_CASE_FIXTURE(fixture, "A connection ends when its peer has sent all.") {
  auto peer = connect(serve_lines(echo<line_codec>()));
  peer.send("one\ntwo\n");
  peer.shutdown_write();
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == "one\ntwo\n");
  CHECK(peer.is_ended());
  CHECK_FALSE(peer.is_reset());
  CHECK(ended == endings{"normal"});
  CHECK(log.has("debug connection_closed"));
  CHECK_FALSE(log.has("info connection_closed"));
  check_nothing_left(sys);
  CHECK(sys.world().open_sockets() == 1);
}

TEST_CASE_FIXTURE(fixture, "A stream that ends inside a frame broke a rule.") {
  auto peer = connect(serve_lines(echo<line_codec>()));
  peer.send("one\ntw");
  peer.shutdown_write();
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == "one\n");
  CHECK(peer.is_ended());
  CHECK(log.has("truncated_frame"));
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "What was written before closing still arrives.") {
  auto peer = connect(serve_lines(obedient));
  peer.send("one\nclose\nnever\nhandled\n");
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == "one\nbye\n");
  CHECK(peer.is_ended());
  CHECK_FALSE(peer.is_reset());
  CHECK(ended == endings{"normal"});
  check_nothing_left(sys);
}

TEST_CASE("A large answer arrives although the connection closes behind it.") {
  sim_options narrow;
  narrow.pipe_bytes_max = 1'000;
  sim_system sys{1, narrow};
  auto at = serve<raw_codec>(sys, [](auto* self) -> caf::behavior {
    return {[=](bytes&) {
      self->write(bytes{std::string(100'000, 'x')});
      self->close();
    }};
  });
  auto peer = sys.world().connect(at);
  peer.stop_reading();
  peer.send("?");
  REQUIRE(sys.run_until_idle());
  CHECK(sys.usage().memory_bytes > 90'000);
  while (peer.received().size() < 100'000) {
    peer.start_reading();
    peer.stop_reading();
    REQUIRE(sys.run_until_idle());
  }
  peer.start_reading();
  CHECK(peer.is_ended());
  CHECK(sys.usage().memory_bytes == 0);
  CHECK(sys.usage().connections == 0);
}

// -- what goes wrong ends one connection, with a reason
// -------------------------

TEST_CASE_FIXTURE(fixture,
                  "A broken rule of the format ends only its sender.") {
  auto at = serve_lines(echo<line_codec>());
  auto good = connect(at);
  auto bad = connect(at);
  bad.send("fine\n" + std::string(limits::line_bytes_max + 1, 'x'));
  REQUIRE(sys.run_until_idle());
  CHECK(bad.received() == "fine\n");
  CHECK((bad.is_ended() || bad.is_reset()));
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("protocol_violation: ") == 0);
  CHECK(ended[0].find("line_too_long") != std::string::npos);
  CHECK(log.has("info connection_closed"));
  CHECK(log.has(to_string(bad.address())));
  CHECK(log.has("line_too_long"));
  CHECK(ask(good, "still here\n") == "still here\n");
}

TEST_CASE_FIXTURE(fixture, "A handler that throws ends only its connection.") {
  auto at = serve_lines(obedient);
  auto good = connect(at);
  auto bad = connect(at);
  auto odd = connect(at);
  CHECK(ask(bad, "one\nthrow\ntwo\n") == "one\n");
  CHECK(bad.is_ended());
  CHECK(ask(odd, "throw 42\n") == "");
  CHECK(odd.is_ended());
  CHECK(ended
        == endings{"handler_threw: as it was told",
                   "handler_threw: not a std::exception"});
  CHECK(log.has("handler_threw: as it was told"));
  CHECK(ask(good, "still here\n") == "still here\n");
}

TEST_CASE_FIXTURE(fixture, "A behavior that cannot be made is a reason, too.") {
  auto at = serve_lines([](line_connection*) -> caf::behavior {
    throw std::runtime_error{"not today"};
  });
  auto peer = connect(at);
  CHECK(peer.is_ended());
  CHECK(ended == endings{"handler_threw: not today"});
  CHECK(log.has("handler_threw: not today"));
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A connection without a behavior ends at once.") {
  auto at = serve_lines([](line_connection*) { return caf::behavior{}; });
  auto peer = connect(at);
  CHECK(peer.is_ended());
  CHECK(ended == endings{"normal"});
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A frame nobody handles ends its connection.") {
  auto at = serve_lines(
    [](line_connection*) -> caf::behavior { return {[](int) {}}; });
  auto peer = connect(at);
  ask(peer, "one\n");
  CHECK(peer.is_ended());
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("unhandled_frame") == 0);
  CHECK(log.has("unhandled_frame"));
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A message nobody handles is no reason to end.") {
  caf::actor last;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    last = caf::actor_cast<caf::actor>(self);
    return {[=](line& x) { self->write(std::move(x)); }};
  });
  auto peer = connect(at);
  caf::anon_send(last, 42);
  CHECK(ask(peer, "one\n") == "one\n");
  CHECK(ended.empty());
  last = nullptr;
}

TEST_CASE_FIXTURE(fixture, "A frame that cannot be encoded has a reason.") {
  auto at = serve_lines([](line_connection* self) -> caf::behavior {
    return {[=](line&) {
      self->write(line{"good"});
      self->write(line{"two\nlines"});
      self->write(line{"behind"});
    }};
  });
  auto peer = connect(at);
  CHECK(ask(peer, "?\n") == "good\n");
  CHECK((peer.is_ended() || peer.is_reset()));
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("unencodable_frame: ") == 0);
  CHECK(log.has("unencodable_frame"));
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A reset ends the connection with a reason.") {
  auto at = serve_lines(echo<line_codec>());
  auto good = connect(at);
  auto bad = connect(at);
  CHECK(ask(bad, "one\n") == "one\n");
  bad.reset();
  REQUIRE(sys.run_until_idle());
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("socket_failed: read: ") == 0);
  CHECK(log.has("socket_failed"));
  CHECK(ask(good, "still here\n") == "still here\n");
  good.close();
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A reset ends a connection that awaits an answer.") {
  auto mute = spawn_plain(
    sys.actors(), [](caf::event_based_actor* self) -> caf::behavior {
      return {[=](int) { return self->make_response_promise(); }};
    });
  auto at = serve_lines([=](line_connection* self) -> caf::behavior {
    return {
      [=](line&) { self->request(mute, caf::infinite, 1).await([](int) {}); }};
  });
  for (auto text : {"ask\n", "ask\nand more\n", "ask\nand half"}) {
    ended.clear();
    auto peer = connect(at);
    ask(peer, text);
    CHECK(ended.empty());
    peer.reset();
    // Nothing is read while it waits, so it is the idle time that notices.
    sys.advance(limits::idle_ms_max + 1'000);
    REQUIRE(ended.size() == 1);
    check_nothing_left(sys);
  }
}

TEST_CASE_FIXTURE(fixture, "A peer that is gone is noticed while writing.") {
  caf::actor last;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    last = caf::actor_cast<caf::actor>(self);
    return {[=](line&) {}, [=](std::string& x) { self->write(line{x}); }};
  });
  auto peer = connect(at);
  peer.close();
  for (auto i = 0; i < 3 && ended.empty(); ++i) {
    caf::anon_send(last, std::string{"are you there?"});
    REQUIRE(sys.run_until_idle());
  }
  CHECK(ended.size() == 1);
  last = nullptr;
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "The listener goes on after a thousand bad peers.") {
  auto at = serve_lines(obedient);
  auto good = connect(at);
  for (auto i = 0; i < 1'000; ++i) {
    auto bad = sys.world().connect(at);
    switch (i % 4) {
      case 0:
        bad.send(std::string(limits::line_bytes_max + 1, 'x'));
        break;
      case 1:
        bad.send("throw\n");
        break;
      case 2:
        bad.send("half");
        bad.close();
        break;
      default:
        bad.reset();
    }
    sys.run_round();
  }
  REQUIRE(sys.run_until_idle());
  CHECK(ask(good, "still here\n") == "still here\n");
  CHECK(sys.usage().connections == 1);
  CHECK(sys.world().open_sockets() == 2);
  good.close();
  check_nothing_left(sys);
}

// -- time
// -----------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "A connection without traffic is closed in time.") {
  listen_options how;
  how.connection.idle_ms_max = 1'000;
  auto at = serve_lines(echo<line_codec>(), how);
  auto idle = connect(at);
  auto busy = connect(at);
  sys.advance(600);
  CHECK(ask(busy, "one\n") == "one\n");
  sys.advance(395);
  CHECK(ended.empty());
  sys.advance(10);
  CHECK(ended == endings{"idle_timeout: after idle_ms_max 1000"});
  CHECK(idle.is_ended());
  CHECK_FALSE(busy.is_ended());
  CHECK(log.has("idle_timeout"));
  sys.advance(1'000);
  CHECK(busy.is_ended());
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "Nothing times out where there is no bound.") {
  listen_options how;
  how.connection = {0, 0, 0, limits::output_bytes_max};
  auto peer = connect(serve_lines(echo<line_codec>(), how));
  peer.send("half");
  sys.advance(3'600'000);
  CHECK(ended.empty());
  CHECK(ask(peer, " and half\n") == "half and half\n");
}

TEST_CASE_FIXTURE(fixture, "A frame that is begun must be completed in time.") {
  listen_options how;
  how.connection.frame_ms_max = 1'000;
  auto peer = connect(serve_lines(echo<line_codec>(), how));
  sys.advance(5'000);
  CHECK(ask(peer, "one\nha") == "one\n");
  for (auto i = 0; i < 9; ++i) {
    sys.advance(100);
    CHECK(ask(peer, "a") == "");
  }
  sys.advance(90);
  CHECK(ended.empty());
  sys.advance(20);
  CHECK(ended == endings{"frame_timeout: after frame_ms_max 1000"});
  CHECK(log.has("frame_timeout"));
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A frame in time gives the next one its own time.") {
  listen_options how;
  how.connection.frame_ms_max = 1'000;
  auto peer = connect(serve_lines(echo<line_codec>(), how));
  CHECK(ask(peer, "half") == "");
  for (auto i = 0; i < 20; ++i) {
    sys.advance(300);
    CHECK(ask(peer, " and half\nhalf") == "half and half\n");
  }
  CHECK(ended.empty());
}

TEST_CASE_FIXTURE(fixture, "The time a handler waits is not the frame's.") {
  listen_options how;
  how.connection.frame_ms_max = 500;
  auto slow = spawn_plain(sys.actors(), doubling);
  auto at = serve_lines([=](line_connection* self) -> caf::behavior {
    return {[=](line&) {
      self->request(slow, caf::infinite, -1).await([=](int) {
        self->write(line{"done"});
      });
    }};
  });
  auto peer = connect(at);
  CHECK(ask(peer, "ha") == "");
  CHECK(ask(peer, "lf\n") == "");
  sys.advance(1'500);
  CHECK(peer.take_received() == "done\n");
  CHECK(ended.empty());
}

TEST_CASE_FIXTURE(fixture, "A peer that does not read is closed in time.") {
  listen_options how;
  how.connection.write_stall_ms_max = 1'000;
  caf::actor last;
  auto at = serve_lines(
    [&](line_connection* self) -> caf::behavior {
      last = caf::actor_cast<caf::actor>(self);
      return {[=](line&) {
        for (auto i = 0; i < 100; ++i)
          self->write(line{std::string(8'000, 'x')});
      }};
    },
    how);
  auto peer = connect(at);
  peer.stop_reading();
  ask(peer, "talk\n");
  sys.advance(900);
  CHECK(ended.empty());
  // Progress, however small, is worth another while.
  peer.start_reading();
  peer.stop_reading();
  REQUIRE(sys.run_until_idle());
  sys.advance(900);
  CHECK(ended.empty());
  sys.advance(110);
  CHECK(ended == endings{"peer_not_reading: after write_stall_ms_max 1000"});
  CHECK(log.has("peer_not_reading"));
  last = nullptr;
  check_nothing_left(sys);
}

// -- bounds
// -----------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Who does not read is not read from.") {
  auto peer = connect(serve_lines(echo<line_codec>()));
  peer.stop_reading();
  std::string text;
  while (text.size() < 2'000'000)
    text += "line " + std::to_string(text.size()) + "\n";
  peer.send(text);
  REQUIRE(sys.run_until_idle());
  CHECK(peer.unsent_bytes() > 1'000'000);
  auto queued = sys.usage().memory_bytes;
  auto high = static_cast<std::int64_t>(limits::output_bytes_high);
  CHECK(queued >= high);
  CHECK(queued < high + static_cast<std::int64_t>(limits::read_bytes_max) * 2);
  CHECK(ended.empty());
  peer.start_reading();
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == text);
  peer.close();
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "Output beyond its bound ends the connection.") {
  listen_options how;
  how.connection.output_bytes_max = 300'000;
  caf::actor last;
  auto at = serve_lines(
    [&](line_connection* self) -> caf::behavior {
      last = caf::actor_cast<caf::actor>(self);
      return {[](line&) {},
              [=](int) { self->write(line{std::string(8'000, 'x')}); }};
    },
    how);
  auto write_more = [&](auto times) {
    for (auto i = 0; i < times; ++i) {
      caf::anon_send(last, 1);
      REQUIRE(sys.run_until_idle());
    }
  };
  auto good = connect(at);
  write_more(100);
  CHECK(ended.empty());
  auto bad = connect(at);
  bad.stop_reading();
  write_more(45);
  CHECK(ended.empty());
  write_more(5);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("peer_not_reading: ") == 0);
  CHECK(ended[0].find("output_bytes_max 300000") != std::string::npos);
  CHECK(log.has("output_bytes_max 300000"));
  last = nullptr;
  good.close();
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A full mailbox ends the connection.") {
  caf::actor last;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    last = caf::actor_cast<caf::actor>(self);
    return {[=](line& x) { self->write(std::move(x)); }, [](int) {}};
  });
  auto good = connect(at);
  auto bad = connect(at);
  for (std::size_t i = 0; i < limits::mailbox_messages_max; ++i)
    caf::anon_send(last, 1);
  REQUIRE(sys.run_until_idle());
  CHECK(ended.empty());
  for (std::size_t i = 0; i < limits::mailbox_messages_max + 10; ++i)
    caf::anon_send(last, 1);
  REQUIRE(sys.run_until_idle());
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("mailbox_full: ") == 0);
  CHECK(log.has("mailbox_full: "));
  CHECK(log.has("mailbox_messages_max 16384"));
  CHECK(bad.is_ended());
  CHECK(ask(good, "still here\n") == "still here\n");
  last = nullptr;
}

TEST_CASE_FIXTURE(fixture, "A request to a full mailbox is answered.") {
  caf::actor last;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    last = caf::actor_cast<caf::actor>(self);
    return {[=](line&) {}, [](int x) { return x; }};
  });
  connect(at);
  std::string answer;
  spawn_plain(sys.actors(), [&](caf::event_based_actor* self) {
    for (std::size_t i = 0; i < limits::mailbox_messages_max; ++i)
      caf::anon_send(last, 1);
    self->request(last, caf::infinite, 1)
      .then([&](int) { answer = "served"; },
            [&](caf::error& x) { answer = describe(x); });
    return caf::behavior{};
  });
  REQUIRE(sys.run_until_idle());
  CHECK(answer == "request_receiver_down");
  last = nullptr;
}

// -- an ordinary actor
// --------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Frames go on while a request is answered.") {
  auto doubler = spawn_plain(sys.actors(), doubling);
  auto at = serve_lines([=](line_connection* self) -> caf::behavior {
    return {[=](line& x) {
      if (x.text() != "ask") {
        self->write(std::move(x));
        return;
      }
      self->request(doubler, caf::infinite, -21).then([=](int y) {
        self->write(line{std::to_string(y)});
      });
    }};
  });
  auto peer = connect(at);
  CHECK(ask(peer, "ask\none\n") == "one\n");
  CHECK(ask(peer, "two\n") == "two\n");
  sys.advance(1'100);
  CHECK(peer.take_received() == "-42\n");
  CHECK(ask(peer, "three\n") == "three\n");
}

TEST_CASE_FIXTURE(fixture, "An awaited answer holds back the frames behind.") {
  auto doubler = spawn_plain(sys.actors(), doubling);
  auto at = serve_lines([=](line_connection* self) -> caf::behavior {
    return {[=](line& x) {
              if (x.text() != "ask") {
                self->write(std::move(x));
                return;
              }
              self->request(doubler, caf::infinite, -21).await([=](int y) {
                self->write(line{std::to_string(y)});
              });
            },
            [=](std::string& x) { self->write(line{x}); }};
  });
  auto peer = connect(at);
  CHECK(ask(peer, "one\nask\ntwo\nask\nthree\n") == "one\n");
  // Nothing more is read meanwhile.
  std::string flood;
  for (auto i = 0; i < 100'000; ++i)
    flood += "more\n";
  peer.send(flood);
  REQUIRE(sys.run_until_idle());
  CHECK(peer.unsent_bytes() > flood.size() / 2);
  CHECK(peer.take_received() == "");
  sys.advance(1'100);
  CHECK(peer.take_received() == "-42\ntwo\n");
  sys.advance(1'100);
  CHECK(peer.take_received() == "-42\nthree\n" + flood);
  CHECK(ended.empty());
}

TEST_CASE_FIXTURE(fixture, "Other messages wait for an awaited answer, too.") {
  caf::actor last;
  auto doubler = spawn_plain(sys.actors(), doubling);
  auto at = serve_lines([&, doubler](line_connection* self) -> caf::behavior {
    last = caf::actor_cast<caf::actor>(self);
    return {[=](line&) {
              self->request(doubler, caf::infinite, -1).await([=](int y) {
                self->write(line{std::to_string(y)});
              });
            },
            [=](std::string& x) { self->write(line{x}); }};
  });
  auto peer = connect(at);
  CHECK(ask(peer, "ask\n") == "");
  caf::anon_send(last, std::string{"first"});
  caf::anon_send(last, std::string{"second"});
  REQUIRE(sys.run_until_idle());
  CHECK(peer.take_received() == "");
  sys.advance(1'100);
  CHECK(peer.take_received() == "-2\nfirst\nsecond\n");
  last = nullptr;
}

TEST_CASE_FIXTURE(fixture,
                  "An answer that does not come in time is an error.") {
  auto mute = spawn_plain(
    sys.actors(), [](caf::event_based_actor* self) -> caf::behavior {
      return {[=](int) { return self->make_response_promise(); }};
    });
  auto at = serve_lines([=](line_connection* self) -> caf::behavior {
    return {[=](line&) {
      self->request(mute, 2s, 1)
        .await([=](int) { self->write(line{"answer"}); },
               [=](caf::error& x) {
                 self->write(
                   line{x == caf::sec::request_timeout ? "late" : "?"});
               });
    }};
  });
  auto peer = connect(at);
  CHECK(ask(peer, "ask\nask\n") == "");
  sys.advance(1'900);
  CHECK(peer.take_received() == "");
  sys.advance(200);
  CHECK(peer.take_received() == "late\n");
  sys.advance(2'000);
  CHECK(peer.take_received() == "late\n");
}

TEST_CASE_FIXTURE(fixture, "A connection answers requests of others.") {
  caf::actor last;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    last = caf::actor_cast<caf::actor>(self);
    return {[=](line& x) { self->write(std::move(x)); },
            [](int x) { return x + 1; }};
  });
  auto peer = connect(at);
  auto answer = 0;
  std::string error;
  auto ask_it = [&] {
    spawn_plain(sys.actors(), [&](caf::event_based_actor* self) {
      self->request(last, caf::infinite, 41)
        .then([&](int x) { answer = x; },
              [&](caf::error& x) { error = describe(x); });
      return caf::behavior{};
    });
    REQUIRE(sys.run_until_idle());
  };
  ask_it();
  CHECK(answer == 42);
  peer.close();
  REQUIRE(sys.run_until_idle());
  ask_it();
  CHECK(error == "request_receiver_down");
  last = nullptr;
}

TEST_CASE_FIXTURE(fixture, "A connection is told when one it monitors ends.") {
  caf::actor first;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    if (first == nullptr) {
      first = caf::actor_cast<caf::actor>(self);
    } else {
      self->monitor(first);
      self->set_down_handler([=](caf::down_msg& x) {
        self->write(line{"down: " + describe(x.reason)});
      });
    }
    return obedient(self);
  });
  auto one = connect(at);
  auto two = connect(at);
  ask(one, "throw\n");
  CHECK(two.take_received() == "down: handler_threw: as it was told\n");
  CHECK(ask(two, "on\n") == "on\n");
  first = nullptr;
}

TEST_CASE_FIXTURE(fixture, "Linked connections end together.") {
  caf::actor first;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    if (first == nullptr)
      first = caf::actor_cast<caf::actor>(self);
    else
      self->link_to(first);
    return obedient(self);
  });
  auto one = connect(at);
  auto two = connect(at);
  auto three = connect(at);
  ask(two, "throw\n");
  CHECK(one.is_ended());
  CHECK(two.is_ended());
  CHECK(three.is_ended());
  CHECK(ended == endings(3, "handler_threw: as it was told"));
  first = nullptr;
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A connection that traps exits may go on.") {
  caf::actor first;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    if (first == nullptr) {
      first = caf::actor_cast<caf::actor>(self);
    } else {
      self->link_to(first);
      self->set_exit_handler([=](caf::exit_msg& x) {
        self->write(line{"exit: " + describe(x.reason)});
      });
    }
    return obedient(self);
  });
  auto one = connect(at);
  auto two = connect(at);
  ask(one, "throw\n");
  CHECK(two.take_received() == "exit: handler_threw: as it was told\n");
  CHECK(ask(two, "on\n") == "on\n");
  first = nullptr;
}

TEST_CASE_FIXTURE(fixture,
                  "A message that was skipped is taken up when a frame "
                  "changes the behavior.") {
  caf::actor self_;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    self_ = caf::actor_cast<caf::actor>(self);
    self->set_default_handler(caf::skip);
    return {[=](line&) {
      self->become([=](int x) { self->write(line{std::to_string(x)}); });
    }};
  });
  auto peer = connect(at);
  caf::anon_send(self_, 42);
  REQUIRE(sys.run_until_idle());
  CHECK(ask(peer, "go\n") == "42\n");
  self_ = nullptr;
}

TEST_CASE_FIXTURE(fixture, "Delayed messages arrive when they are due.") {
  auto at = serve_lines([](line_connection* self) -> caf::behavior {
    return {[=](line& x) {
              self->delayed_send(self, 500ms, std::string{x.text()});
            },
            [=](std::string& x) { self->write(line{x}); }};
  });
  auto peer = connect(at);
  ask(peer, "one\n");
  sys.advance(300);
  ask(peer, "two\n");
  sys.advance(190);
  CHECK(peer.take_received() == "");
  sys.advance(20);
  CHECK(peer.take_received() == "one\n");
  sys.advance(300);
  CHECK(peer.take_received() == "two\n");
}

TEST_CASE_FIXTURE(fixture, "A delayed message to one that is gone is lost.") {
  auto at = serve_lines([](line_connection* self) -> caf::behavior {
    self->delayed_send(self, 500ms, std::string{"late"});
    return obedient(self);
  });
  auto peer = connect(at);
  ask(peer, "close\n");
  CHECK(peer.is_ended());
  sys.advance(1'000);
  CHECK(peer.received() == "");
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture,
                  "A connection changes its behavior between frames.") {
  auto at = serve_lines([](line_connection* self) -> caf::behavior {
    return {[=](line& name) {
      std::string greeting{name.text()};
      self->become([=](line& x) {
        self->write(line{greeting + ": " + std::string{x.text()}});
        if (x.text() == "forget me")
          self->become([=](line&) { self->write(line{"who?"}); });
      });
    }};
  });
  auto peer = connect(at);
  CHECK(ask(peer, "ann\nhello\nforget me\nhello\n")
        == "ann: hello\nann: forget me\nwho?\n");
}

TEST_CASE_FIXTURE(fixture, "A behavior that is kept comes back.") {
  auto at = serve_lines([](line_connection* self) -> caf::behavior {
    return {[=](line& x) {
      self->write(std::move(x));
      self->become(caf::keep_behavior, [=](line&) {
        self->write(line{"inner"});
        self->unbecome();
      });
    }};
  });
  auto peer = connect(at);
  CHECK(ask(peer, "1\n2\n3\n4\n") == "1\ninner\n3\ninner\n");
}

TEST_CASE_FIXTURE(fixture, "A receive timeout counts from the last frame.") {
  auto at = serve_lines([](line_connection* self) -> caf::behavior {
    return {[=](line& x) { self->write(std::move(x)); },
            caf::after(1s) >>
              [=] {
                self->write(line{"bored"});
                self->close();
              }};
  });
  auto peer = connect(at);
  sys.advance(700);
  CHECK(ask(peer, "one\n") == "one\n");
  sys.advance(700);
  CHECK(peer.take_received() == "");
  CHECK(ended.empty());
  sys.advance(400);
  CHECK(peer.take_received() == "bored\n");
  CHECK(ended == endings{"normal"});
}

TEST_CASE_FIXTURE(fixture, "Frames a behavior skips wait for another one.") {
  auto at = serve_lines([](line_connection* self) -> caf::behavior {
    self->set_default_handler(caf::skip);
    return {
      [=](int) { self->become([=](line& x) { self->write(std::move(x)); }); }};
  });
  caf::actor last;
  auto opened = serve_lines([&](line_connection* self) -> caf::behavior {
    last = caf::actor_cast<caf::actor>(self);
    self->set_default_handler(caf::skip);
    return {
      [=](int) { self->become([=](line& x) { self->write(std::move(x)); }); }};
  });
  auto peer = connect(opened);
  CHECK(ask(peer, "one\ntwo\n") == "");
  caf::anon_send(last, 1);
  REQUIRE(sys.run_until_idle());
  CHECK(peer.take_received() == "one\ntwo\n");
  CHECK(ask(connect(at), "one\n") == "");
  last = nullptr;
}

TEST_CASE_FIXTURE(fixture, "What another actor tells it to write is sent.") {
  caf::actor last;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    last = caf::actor_cast<caf::actor>(self);
    return {[](line&) {}, [=](std::string& x) { self->write(line{x}); }};
  });
  auto peer = connect(at);
  std::string all;
  for (auto i = 0; i < 5'000; ++i) {
    caf::anon_send(last, std::to_string(i));
    all += std::to_string(i) + "\n";
  }
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == all);
  last = nullptr;
}

TEST_CASE_FIXTURE(fixture, "A killed connection ends what it was doing.") {
  caf::actor last;
  auto at = serve_lines([&](line_connection* self) -> caf::behavior {
    last = caf::actor_cast<caf::actor>(self);
    return obedient(self);
  });
  auto peer = connect(at);
  caf::anon_send_exit(last, caf::exit_reason::kill);
  REQUIRE(sys.run_until_idle());
  CHECK(peer.is_ended());
  CHECK(ended == endings{"kill"});
  last = nullptr;
  check_nothing_left(sys);
}

// -- drain and stop
// --------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture,
                  "Draining serves what has arrived and ends the rest.") {
  auto at = serve_lines(echo<line_codec>());
  auto idle = connect(at);
  auto half = connect(at);
  CHECK(ask(half, "one\ntw") == "one\n");
  auto busy = connect(at);
  busy.send("one\ntwo\nthree\n");
  sys.drain();
  CHECK(busy.received() == "one\ntwo\nthree\n");
  CHECK(idle.is_ended());
  CHECK(half.is_ended());
  CHECK(busy.is_ended());
  CHECK(ended == endings(3, "normal"));
  auto late = sys.world().connect(at);
  CHECK(late.is_reset());
  check_nothing_left(sys);
  CHECK(sys.world().open_sockets() == 0);
}

TEST_CASE_FIXTURE(fixture, "Draining waits for an answer that is under way.") {
  auto doubler = spawn_plain(sys.actors(), doubling);
  auto at = serve_lines([=](line_connection* self) -> caf::behavior {
    return {[=](line&) {
      self->request(doubler, caf::infinite, -21).await([=](int y) {
        self->write(line{std::to_string(y)});
      });
    }};
  });
  auto peer = connect(at);
  CHECK(ask(peer, "ask\n") == "");
  sys.drain();
  sys.advance(1'100);
  CHECK(peer.received() == "-42\n");
  CHECK(peer.is_ended());
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A half-closed peer gets the answer it waits for.") {
  auto doubler = spawn_plain(sys.actors(), doubling);
  auto at = serve_lines([=](line_connection* self) -> caf::behavior {
    return {[=](line&) {
      self->request(doubler, caf::infinite, -21).await([=](int y) {
        self->write(line{std::to_string(y)});
      });
    }};
  });
  auto peer = connect(at);
  peer.send("ask\n");
  peer.shutdown_write();
  REQUIRE(sys.run_until_idle());
  sys.advance(1'100);
  CHECK(peer.received() == "-42\n");
  CHECK(peer.is_ended());
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A system that stops leaves nothing behind.") {
  std::optional<caf::actor> doubler = spawn_plain(sys.actors(), doubling);
  auto at = serve_lines([=](line_connection* self) -> caf::behavior {
    self->delayed_send(self, 1h, std::string{"never"});
    return {[=, doubler = *doubler](line& x) {
              self->write(line{"got it"});
              if (x.text() == "ask")
                self->request(doubler, caf::infinite, -21).await([](int) {});
            },
            [](std::string&) {}};
  });
  doubler.reset();
  auto idle = connect(at);
  auto half = connect(at);
  CHECK(ask(half, "ha") == "");
  auto asking = connect(at);
  CHECK(ask(asking, "ask\n1\n2\n") == "got it\n");
  auto unread = connect(at);
  unread.send("1\n2\n");
  auto unaccepted = sys.world().connect(at);
  sys.stop();
  CHECK(sys.world().open_sockets() == 0);
  CHECK((idle.is_ended() || idle.is_reset()));
  CHECK((half.is_ended() || half.is_reset()));
  CHECK((asking.is_ended() || asking.is_reset()));
  CHECK((unread.is_ended() || unread.is_reset()));
  CHECK(unaccepted.is_reset());
}

// -- what runs at once --------------------------------------------------------

/// Lines, of which some take 50 us to encode.
struct dear_format {
  using frame = line;

  decode_result decode(frame_buffer& input, line& out) {
    auto end = input.find(std::byte{'\n'});
    if (end == frame_buffer::npos)
      return decode_result::need_more();
    out.data = input.take(end);
    input.drop(1);
    return decode_result::frame();
  }

  decode_result encode(const line& in, gather_buffer& output) {
    if (in.text() == "dear")
      world->burn(50'000);
    output.append(in.data);
    output.append(std::string_view{"\n"});
    return decode_result::frame();
  }

  sim_world* world;
};

struct dear_codec {
  using frame = line;
  using options = sim_world*;
  using output = batch_of<line>;

  static std::unique_ptr<codec> make(const options& world) {
    return std::make_unique<codec_of<dear_format>>(dear_format{world});
  }
};

TEST_CASE_FIXTURE(fixture, "Who has a frame encoded pays for it.") {
  auto at = serve<dear_codec>(
    sys,
    [](auto* self) -> behavior {
      return {[=](line& x) { self->write(std::move(x)); }};
    },
    {}, &sys.world());
  auto used_ns = [&](const sim_peer& who) {
    sys.usage();
    for (auto& row : sys.resources().snapshot())
      if (row.name == to_string(who.address()))
        return row.usage.cpu_ns;
    return std::uint64_t{0};
  };
  sim_peer peers[] = {connect(at), connect(at), connect(at), connect(at)};
  for (auto i = 0; i < 100; ++i) {
    for (std::size_t j = 0; j < 2; ++j) {
      peers[j].send("dear\n1\n2\n3\n4\n5\n6\n7\n8\n");
      peers[j + 2].send("cheap\n");
    }
    REQUIRE(sys.run_until_idle());
  }
  for (std::size_t j = 0; j < 2; ++j) {
    CHECK(used_ns(peers[j]) >= 5'000'000);
    CHECK(used_ns(peers[j + 2]) < 1'000'000);
  }
}

TEST_CASE_FIXTURE(fixture, "A message waits for one batch, not for a read.") {
  std::size_t frames = 0;
  std::size_t frames_before = 0;
  auto at = serve_lines([&](line_connection* self) -> behavior {
    return {
      [&, self](line&) {
        sys.world().burn(1'000);
        if (++frames == 100)
          caf::anon_send(self, 1);
      },
      [&](int) { frames_before = frames; },
    };
  });
  auto peer = connect(at);
  peer.send(std::string(20'000, '\n'));
  REQUIRE(sys.run_until_idle());
  CHECK(frames == 20'000);
  CHECK(frames_before <= 100 + limits::batch_frames_max);
}

TEST_CASE_FIXTURE(fixture, "An exception handler may throw, too.") {
  auto at = serve_lines([](line_connection* self) -> behavior {
    self->set_exception_handler(
      [](std::exception_ptr& x) -> caf::error { std::rethrow_exception(x); });
    return {[](line&) { throw std::runtime_error{"twice"}; }};
  });
  auto peer = connect(at);
  peer.send("one\n");
  REQUIRE(sys.run_until_idle());
  CHECK(ended == endings{"handler_threw: twice"});
  CHECK(peer.is_ended());
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "What is asked for at the end keeps nobody busy.") {
  auto mute = spawn_plain(
    sys.actors(), [](caf::event_based_actor* self) -> caf::behavior {
      return {[=](int) { return self->make_response_promise(); }};
    });
  caf::actor last;
  auto at = serve_lines([&, mute](line_connection* self) -> behavior {
    last = caf::actor_cast<caf::actor>(self);
    self->attach_functor([=](const caf::error&) {
      self->request(mute, caf::infinite, 1).then([](int) {});
    });
    return {[=](line&) { self->close(); }, [=](int) { self->close(); }};
  });
  auto peer = connect(at);
  SUBCASE("by a frame") {
    peer.send("one\n");
  }
  SUBCASE("by a message") {
    caf::anon_send(last, 1);
  }
  last = nullptr;
  REQUIRE(sys.run_until_idle());
  CHECK(peer.is_ended());
}

} // namespace
