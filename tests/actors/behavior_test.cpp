#include "troupe/actors/behavior.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include "caf/after.hpp"
#include "caf/send.hpp"
#include "caf/skip.hpp"

#include <doctest/doctest.h>

#include "troupe/tests/support/line_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

struct fixture : line_server {
  template <class F>
  sim_peer connect(F start) {
    return line_server::connect(serve_lines(start));
  }
};

template <class Argument>
void check_argument(fixture& f) {
  auto peer = f.connect([](line_connection* self) -> behavior {
    return {[=](Argument x) { self->write(line{x.text()}); }};
  });
  CHECK(f.ask(peer, "one\ntwo\n") == "one\ntwo\n");
}

TEST_CASE_FIXTURE(fixture, "A handler takes frames as any kind of argument.") {
  SUBCASE("mutable") {
    check_argument<line&>(*this);
  }
  SUBCASE("constant") {
    check_argument<const line&>(*this);
  }
  SUBCASE("by value") {
    check_argument<line>(*this);
  }
}

TEST_CASE_FIXTURE(fixture, "The first handler that takes a frame gets it.") {
  auto peer = connect([](line_connection* self) -> behavior {
    return {
      [=](int x) { self->write(line{std::to_string(x)}); },
      [=](const std::string& x) { self->write(line{x}); },
      [=](line& x) { self->write(std::move(x)); },
      [=](const line&) { self->write(line{"never"}); },
    };
  });
  CHECK(ask(peer, "one\n") == "one\n");
}

TEST_CASE_FIXTURE(fixture, "Messages from actors find their handlers, too.") {
  caf::actor handle;
  auto peer = connect([&](line_connection* self) -> behavior {
    handle = caf::actor_cast<caf::actor>(self);
    return {
      [=](line& x) { self->write(std::move(x)); },
      [=](int x) { self->write(line{std::to_string(x)}); },
      [=](int x, int y) { self->write(line{std::to_string(x + y)}); },
    };
  });
  caf::anon_send(handle, 7);
  caf::anon_send(handle, 1, 2);
  CHECK(ask(peer, "a\n") == "7\n3\na\n");
  handle = nullptr;
}

TEST_CASE_FIXTURE(fixture, "What a handler returns for a frame is dropped.") {
  auto peer = connect([](line_connection* self) -> behavior {
    return {[=](line& x) {
      self->write(std::move(x));
      return std::string{"nobody asked"};
    }};
  });
  CHECK(ask(peer, "one\ntwo\n") == "one\ntwo\n");
}

TEST_CASE_FIXTURE(fixture, "A behavior may have a timeout.") {
  auto peer = connect([](line_connection* self) -> behavior {
    return {
      [=](line& x) { self->write(std::move(x)); },
      caf::after(1s) >> [=] { self->write(line{"still there?"}); },
    };
  });
  CHECK(ask(peer, "one\n") == "one\n");
  sys.advance(1'100);
  CHECK(peer.take_received() == "still there?\n");
}

TEST_CASE_FIXTURE(fixture, "A connection can become another behavior.") {
  auto peer = connect([](line_connection* self) -> behavior {
    return {[=](line& x) {
      if (x.text() == "keep")
        self->become(caf::keep_behavior, behavior{[=](line&) {
                       self->write(line{"second"});
                       self->unbecome();
                     }});
      else
        self->become(behavior{[=](line&) { self->write(line{"third"}); }});
    }};
  });
  CHECK(ask(peer, "keep\na\nlast\nb\nc\n") == "second\nthird\nthird\n");
}

/// A peer that sends twelve frames at once; `act` is called with the one at
/// `turning_point`, the others are sent back.
template <class F>
std::string twelve_frames(fixture& f, int turning_point, F act) {
  auto peer = f.connect([=](line_connection* self) -> behavior {
    return {[=](line& x) {
      if (x.text() == std::to_string(turning_point))
        act(self);
      else
        self->write(std::move(x));
    }};
  });
  std::string all;
  for (auto i = 0; i < 12; ++i)
    all += std::to_string(i) + "\n";
  return f.ask(peer, all);
}

/// What the first `count` of them come back as.
std::string first_of_twelve(int count) {
  std::string result;
  for (auto i = 0; i < count; ++i)
    result += std::to_string(i) + "\n";
  return result;
}

TEST_CASE_FIXTURE(fixture, "Wherever it does, a connection can turn.") {
  for (auto at = 0; at < 12; ++at) {
    CAPTURE(at);
    auto before = first_of_twelve(at);
    std::string after;
    for (auto i = at + 1; i < 12; ++i)
      after += "turned\n";
    CHECK(twelve_frames(*this, at,
                        [](line_connection* self) {
                          self->become(behavior{
                            [=](line&) { self->write(line{"turned"}); }});
                        })
          == before + after);
    CHECK(twelve_frames(*this, at, [](line_connection* self) { self->close(); })
          == before);
    CHECK(twelve_frames(
            *this, at, [](line_connection*) { throw std::runtime_error("no"); })
          == before);
    CHECK(twelve_frames(*this, at,
                        [](line_connection* self) {
                          self
                            ->request(caf::actor_cast<caf::actor>(self), 1s, 1)
                            .await([](int) {},
                                   [=](const caf::error&) {
                                     self->write(line{"answered"});
                                   });
                        })
          == before);
    REQUIRE(sys.run_until_idle());
  }
}

TEST_CASE_FIXTURE(fixture, "A skipped frame waits for the next behavior.") {
  caf::actor handle;
  auto peer = connect([&](line_connection* self) -> behavior {
    handle = caf::actor_cast<caf::actor>(self);
    return {
      [](line&) -> caf::result<void> { return caf::skip(); },
      [=](int) {
        self->become(behavior{[=](line& x) { self->write(std::move(x)); }});
      },
    };
  });
  CHECK(ask(peer, "one\ntwo\n").empty());
  caf::anon_send(handle, 1);
  REQUIRE(sys.run_until_idle());
  CHECK(peer.take_received() == "one\ntwo\n");
  handle = nullptr;
}

TEST_CASE_FIXTURE(fixture, "A connection without a behavior ends.") {
  auto peer = connect([](line_connection*) { return behavior{}; });
  CHECK(peer.is_ended());
}

} // namespace
