#include "troupe/actors/shared_actor.hpp"

#include <chrono>
#include <functional>
#include <map>

#include "caf/after.hpp"
#include "caf/response_promise.hpp"

#include <doctest/doctest.h>

#include "troupe/codec/line.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/plain_actor.hpp"
#include "troupe/tests/support/shared_function.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

/// What senders ask for: work that takes a while.
struct job {
  std::string from;
  std::uint64_t number;
  std::uint64_t cost_ns;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(job)

namespace {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

using line_connection = connection_of<line_codec>;

struct fixture {
  explicit fixture(std::size_t workers = 1) : sys(workers) {
    // nop
  }

  caf::actor spawn_shared(shared_function::start_function start) {
    return test::spawn_shared(sys.actors(), std::move(start));
  }

  /// A connection of a listener named `name`, whose behavior `start` makes.
  template <class F>
  sim_peer connect(const std::string& name, std::uint32_t shares, F start) {
    listen_options how;
    how.name = name;
    how.resources.shares = shares;
    auto peer = sys.world().connect(serve<line_codec>(sys, start, how));
    REQUIRE(sys.run_until_idle());
    return peer;
  }

  /// What a listener's resource container has used.
  resource_usage used_by(const std::string& name) {
    sys.usage();
    for (auto& x : sys.resources().snapshot())
      if (x.depth == 1 && x.name == name)
        return x.usage;
    return {};
  }

  void check_nothing_left() {
    REQUIRE(sys.run_until_idle());
    auto left = sys.usage();
    CHECK(left.memory_bytes == 0);
    CHECK(left.queued_messages == 0);
    CHECK(left.cpu_ns == sys.cpu_ns());
  }

  log_capture log;
  sim_system sys;
};

struct two_workers : fixture {
  two_workers() : fixture(2) {
    // nop
  }
};

/// A tenant that always has `backlog` jobs waiting at `worker`.
struct tenant {
  std::string name;
  std::uint32_t shares;
  std::uint64_t backlog;
  std::uint64_t cost_ns;
};

/// Keeps both tenants busy for two seconds and answers the first one's part of
/// the CPU time of both.
double split(fixture& f, const tenant& a, const tenant& b) {
  std::map<std::string, std::uint64_t> next;
  auto room = f.spawn_shared([&](shared_actor*) -> caf::behavior {
    return {[&](const job& x) {
      CHECK(x.number == next[x.from]);
      ++next[x.from];
      f.sys.world().burn(x.cost_ns);
      return true;
    }};
  });
  auto start = [&](const tenant& who) {
    return f.connect(
      who.name, who.shares,
      [room, who](line_connection* self) -> caf::behavior {
        auto count = std::make_shared<std::uint64_t>(0);
        auto ask = [=] {
          self->send(room, job{who.name, (*count)++, who.cost_ns});
        };
        return {[=](line&) {
                  for (std::uint64_t i = 0; i < who.backlog; ++i)
                    ask();
                },
                [=](bool) { ask(); }};
      });
  };
  auto first = start(a);
  auto second = start(b);
  first.send("go\n");
  second.send("go\n");
  f.sys.run_for(50'000'000);
  auto a_before = f.used_by(a.name).cpu_ns;
  auto b_before = f.used_by(b.name).cpu_ns;
  f.sys.run_for(2'000'000'000);
  auto a_used = static_cast<double>(f.used_by(a.name).cpu_ns - a_before);
  auto b_used = static_cast<double>(f.used_by(b.name).cpu_ns - b_before);
  CHECK(a_used + b_used > 1.9e9);
  CHECK(f.used_by(a.name).drops == 0);
  CHECK(f.used_by(b.name).drops == 0);
  CHECK(f.sys.usage().cpu_ns == f.sys.cpu_ns());
  // What is here must outlive the actors.
  room = nullptr;
  f.sys.stop();
  return a_used / (a_used + b_used);
}

bool is_about(double x, double expected) {
  return x > expected - 0.01 && x < expected + 0.01;
}

// -- who pays, and how much
// ----------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Equal shares get equal time, whoever sends more.") {
  auto part = split(*this, {"greedy", 1, 1'000, 20'000},
                    {"modest", 1, 100, 20'000});
  MESSAGE("greedy part: ", part);
  CHECK(is_about(part, 0.5));
}

TEST_CASE_FIXTURE(fixture, "Dearer messages do not buy more time.") {
  auto part = split(*this, {"greedy", 1, 1'000, 200'000},
                    {"modest", 1, 100, 20'000});
  MESSAGE("greedy part: ", part);
  CHECK(is_about(part, 0.5));
}

TEST_CASE_FIXTURE(fixture, "Three shares get three times as much as one.") {
  auto part = split(*this, {"greedy", 1, 1'000, 20'000},
                    {"modest", 3, 100, 20'000});
  MESSAGE("greedy part: ", part);
  CHECK(is_about(part, 0.25));
}

TEST_CASE_FIXTURE(fixture,
                  "Three shares hold against messages ten times dearer.") {
  auto part = split(*this, {"greedy", 1, 1'000, 200'000},
                    {"modest", 3, 100, 20'000});
  MESSAGE("greedy part: ", part);
  CHECK(is_about(part, 0.25));
}

TEST_CASE_FIXTURE(two_workers, "What a message causes is paid by its sender.") {
  auto& world = sys.world();
  auto second = spawn_shared([&](shared_actor*) -> caf::behavior {
    return {[&](const job& x) { world.burn(x.cost_ns); }};
  });
  auto first = spawn_shared([&](shared_actor* self) -> caf::behavior {
    return {[&, self](const job& x) {
      world.burn(x.cost_ns);
      self->send(second, x);
    }};
  });
  auto ask = [=](line_connection* self) -> caf::behavior {
    return {[=](line&) { self->send(first, job{"", 0, 1'000'000}); }};
  };
  auto a = connect("a", 1, ask);
  auto b = connect("b", 1, ask);
  for (auto i = 0; i < 10; ++i)
    a.send("go\n");
  for (auto i = 0; i < 30; ++i)
    b.send("go\n");
  REQUIRE(sys.run_until_idle());
  auto a_ms = static_cast<double>(used_by("a").cpu_ns) / 1e6;
  auto b_ms = static_cast<double>(used_by("b").cpu_ns) / 1e6;
  CHECK(a_ms >= 20);
  CHECK(a_ms < 20.5);
  CHECK(b_ms >= 60);
  CHECK(b_ms < 61);
  check_nothing_left();
}

TEST_CASE_FIXTURE(two_workers, "Work for nobody is paid by who spawned it.") {
  auto worker = spawn_shared([&](shared_actor*) -> caf::behavior {
    return {[&](const job& x) { sys.world().burn(x.cost_ns); }};
  });
  sys.on_worker(0, [=](auto&) {
    caf::anon_send(worker, job{"", 0, 5'000'000});
  });
  sys.on_worker(1, [=](auto&) {
    caf::anon_send(worker, job{"", 0, 5'000'000});
  });
  CHECK(used_by("application").cpu_ns >= 10'000'000);
  CHECK(used_by("application").cpu_ns < 10'500'000);
}

TEST_CASE_FIXTURE(two_workers, "An answer is paid by whom it was asked for.") {
  auto& world = sys.world();
  // Plain, so that it answers in no turn of the asker's.
  auto oracle = spawn_plain(sys.actors(), [](auto*) -> caf::behavior {
    return {[](int x) { return x; }};
  });
  auto room = spawn_shared([&](shared_actor* self) -> caf::behavior {
    return {[&, self](const job&) {
      self->request(oracle, caf::infinite, 1).then([&](int) {
        world.burn(1'000'000);
      });
    }};
  });
  auto ask = [=](line_connection* self) -> caf::behavior {
    return {[=](line&) { self->send(room, job{}); }};
  };
  auto a = connect("a", 1, ask);
  auto b = connect("b", 1, ask);
  for (auto i = 0; i < 10; ++i)
    a.send("go\n");
  for (auto i = 0; i < 30; ++i)
    b.send("go\n");
  REQUIRE(sys.run_until_idle());
  CHECK(used_by("a").cpu_ns >= 10'000'000);
  CHECK(used_by("a").cpu_ns < 10'500'000);
  CHECK(used_by("b").cpu_ns >= 30'000'000);
  CHECK(used_by("b").cpu_ns < 31'000'000);
  check_nothing_left();
}

TEST_CASE_FIXTURE(two_workers, "A delayed message is paid by who sent it.") {
  auto& world = sys.world();
  auto room = spawn_shared([&](shared_actor* self) -> caf::behavior {
    return {
      [=](const job& x) { self->delayed_send(self, 5ms, x.cost_ns); },
      [&](std::uint64_t ns) { world.burn(ns); },
    };
  });
  auto ask = [=](line_connection* self) -> caf::behavior {
    return {[=](line&) { self->send(room, job{"", 0, 3'000'000}); }};
  };
  auto a = connect("a", 1, ask);
  a.send("go\n");
  REQUIRE(sys.run_until_idle());
  CHECK(used_by("a").cpu_ns < 1'000'000);
  CHECK(used_by("a").queued_messages == 1);
  CHECK(used_by("a").memory_bytes == 256);
  sys.advance(10);
  CHECK(used_by("a").cpu_ns >= 3'000'000);
  CHECK(used_by("a").cpu_ns < 3'500'000);
  check_nothing_left();
}

TEST_CASE_FIXTURE(two_workers, "Who is destroyed has no delayed messages.") {
  auto arrived = 0;
  auto room = spawn_shared(
    [&](shared_actor*) -> caf::behavior { return {[&](int) { ++arrived; }}; });
  auto ask = [=](line_connection* self) -> caf::behavior {
    return {[=](line&) { self->delayed_send(room, 5ms, 1); }};
  };
  auto a = connect("a", 1, ask);
  auto b = connect("b", 1, ask);
  a.send("go\n");
  b.send("go\n");
  REQUIRE(sys.run_until_idle());
  sys.find("a")->destroy("a test");
  REQUIRE(sys.run_until_idle());
  CHECK(sys.usage().queued_messages == 1);
  sys.advance(10);
  CHECK(arrived == 1);
  check_nothing_left();
}

TEST_CASE_FIXTURE(fixture, "Delayed messages are bounded.") {
  auto arrived = 0;
  auto room = spawn_shared(
    [&](shared_actor*) -> caf::behavior { return {[&](int) { ++arrived; }}; });
  listen_options how;
  how.name = "a";
  how.resources.queued_messages_max = 10;
  auto at = serve<line_codec>(
    sys,
    [=](line_connection* self) -> caf::behavior {
      return {[=](line&) {
        for (auto i = 0; i < 25; ++i)
          self->delayed_send(room, 5ms, i);
      }};
    },
    how);
  auto peer = sys.world().connect(at);
  peer.send("go\n");
  REQUIRE(sys.run_until_idle());
  CHECK(used_by("a").queued_messages == 10);
  CHECK(used_by("a").drops == 15);
  CHECK(log.count("delayed_message_dropped") == 1);
  CHECK(log.has("limited_by=/a"));
  sys.advance(10);
  CHECK(arrived == 10);
  check_nothing_left();
}

TEST_CASE_FIXTURE(two_workers, "Who is spawned is paid by whose turn it was.") {
  auto& world = sys.world();
  auto spawner = spawn_shared([&](shared_actor*) -> caf::behavior {
    return {[&](bool is_shared) {
      auto start = [&](auto*) -> caf::behavior {
        return {[&](const job& x) { world.burn(x.cost_ns); }};
      };
      auto child = is_shared ? spawn_shared(start)
                             : spawn_plain(sys.actors(), start);
      // On nobody's behalf, so it is the child's own.
      caf::delayed_anon_send(child, 1ms, job{"", 0, 2'000'000});
    }};
  });
  auto ask = [=](line_connection* self) -> caf::behavior {
    return {[=](line& x) { self->send(spawner, x.text() == "shared"); }};
  };
  auto a = connect("a", 1, ask);
  auto b = connect("b", 1, ask);
  a.send("shared\n");
  b.send("plain\n");
  b.send("plain\n");
  REQUIRE(sys.run_until_idle());
  sys.advance(10);
  CHECK(used_by("a").cpu_ns >= 2'000'000);
  CHECK(used_by("a").cpu_ns < 2'500'000);
  CHECK(used_by("b").cpu_ns >= 4'000'000);
  CHECK(used_by("b").cpu_ns < 4'500'000);
}

TEST_CASE_FIXTURE(two_workers, "Each receiver pays for its own delivery.") {
  auto& world = sys.world();
  std::vector<caf::actor> members;
  auto room = spawn_shared([&](shared_actor* self) -> caf::behavior {
    return {[&, self](const job& x) {
      world.burn(1'000'000);
      for (auto& to : members)
        self->send(to, x);
    }};
  });
  auto member = [&](line_connection* self) -> caf::behavior {
    members.push_back(caf::actor_cast<caf::actor>(self));
    return {[=](line&) {
              self->send(room, job{"", 0, 500'000});
            },
            [&](const job& x) { world.burn(x.cost_ns); }};
  };
  auto speaker = connect("speaker", 1, member);
  connect("listener", 1, member);
  for (auto i = 0; i < 10; ++i)
    speaker.send("go\n");
  REQUIRE(sys.run_until_idle());
  CHECK(used_by("speaker").cpu_ns >= 15'000'000);
  CHECK(used_by("speaker").cpu_ns < 15'500'000);
  CHECK(used_by("listener").cpu_ns >= 5'000'000);
  CHECK(used_by("listener").cpu_ns < 5'500'000);
  members.clear();
}

// -- order and bounds
// -------------------------------------------------------------

TEST_CASE_FIXTURE(two_workers, "Messages of one sender stay in order.") {
  std::map<std::string, std::vector<int>> seen;
  auto room = spawn_shared([&](shared_actor*) -> caf::behavior {
    return {[&](const std::string& from, int x) {
      sys.world().burn(3'000);
      seen[from].push_back(x);
    }};
  });
  auto start = [&](const std::string& name) {
    return connect(name, 1, [=](line_connection* self) -> caf::behavior {
      return {[=](line& x) {
        self->send(room, name, std::stoi(std::string{x.text()}));
      }};
    });
  };
  std::vector<sim_peer> peers{start("a"), start("b"), start("c"), start("d")};
  std::vector<int> expected;
  for (auto i = 0; i < 2'000; ++i) {
    for (auto& x : peers)
      x.send(std::to_string(i) + "\n");
    expected.push_back(i);
    if (i % 100 == 0)
      sys.run_round();
  }
  // Who has much staged is looked at again a moment later.
  sys.advance(1'000);
  for (auto name : {"a", "b", "c", "d"}) {
    CHECK(seen[name] == expected);
    CHECK(used_by(name).drops == 0);
  }
  check_nothing_left();
}

TEST_CASE_FIXTURE(fixture, "A full stage drops, for its sender alone.") {
  auto handled = 0;
  auto room = spawn_shared(
    [&](shared_actor*) -> caf::behavior { return {[&](int) { ++handled; }}; });
  auto flood = [=](line_connection* self) -> caf::behavior {
    return {[=](line& x) {
      for (auto i = std::stoi(std::string{x.text()}); i > 0; --i)
        self->send(room, i);
    }};
  };
  auto greedy = connect("greedy", 1, flood);
  auto modest = connect("modest", 1, flood);
  greedy.send("1500\n");
  modest.send("100\n");
  REQUIRE(sys.run_until_idle());
  CHECK(handled == 1'024 + 100);
  CHECK(used_by("greedy").drops == 476);
  CHECK(used_by("modest").drops == 0);
  CHECK(sys.usage().drops == 476);
  CHECK(log.has("message_dropped"));
  CHECK(log.has("resource_container=/greedy/"));
  CHECK(log.has("reason=staged_messages_max"));
  CHECK(log.has("limited_by=/greedy/"));
  CHECK_FALSE(log.has("/modest/"));
  // Who has much queued looks again a moment later.
  sys.advance(1);
  check_nothing_left();
}

TEST_CASE_FIXTURE(fixture,
                  "What an actor asks for itself takes nobody's room.") {
  std::size_t answers = 0;
  auto room = spawn_shared([&](shared_actor* self) -> caf::behavior {
    return {
      [&, self](const job&) {
        for (auto i = 0; i < 1'000; ++i)
          self->request(caf::actor{self}, caf::infinite, i).then([&](int) {
            ++answers;
          });
      },
      [&](int x) {
        sys.world().burn(100'000);
        return x;
      },
      [](char) { return true; }};
  });
  auto peer = connect("a", 1, [&](line_connection* self) -> caf::behavior {
    return {[=](line& x) {
      if (x.text() == "ask") {
        self->send(room, job{});
        return;
      }
      for (auto i = 0; i < 500; ++i)
        self->request(room, caf::infinite, 'x')
          .then([](bool) {},
                [=](const caf::error&) {
                  self->write(line{std::string_view{"refused"}});
                });
    }};
  });
  peer.send("ask\n");
  // Half of it: as many answers wait as there are questions left.
  sys.run_for(50'000'000);
  CHECK(answers == 0);
  peer.send("more\n");
  REQUIRE(sys.run_until_idle());
  CHECK(answers == 1'000);
  CHECK(peer.take_received().empty());
  CHECK(sys.usage().drops == 0);
}

TEST_CASE_FIXTURE(two_workers, "A dropped request is answered.") {
  auto room = spawn_shared(
    [&](shared_actor*) -> caf::behavior { return {[](int x) { return x; }}; });
  std::size_t served = 0;
  std::size_t refused = 0;
  auto peer = connect("a", 1, [&](line_connection* self) -> caf::behavior {
    return {[&, self](line&) {
      for (auto i = 0; i < 1'100; ++i)
        self->request(room, caf::infinite, i)
          .then([&](int) { ++served; },
                [&](caf::error& x) { refused += is(x, errc::stage_full); });
    }};
  });
  peer.send("go\n");
  REQUIRE(sys.run_until_idle());
  CHECK(served == 1'024);
  CHECK(refused == 76);
  check_nothing_left();
}

TEST_CASE_FIXTURE(fixture, "A listener bounds what its connections stage.") {
  auto handled = 0;
  auto room = spawn_shared(
    [&](shared_actor*) -> caf::behavior { return {[&](int) { ++handled; }}; });
  listen_options how;
  how.resources.staged_messages_max = 10;
  auto at = serve<line_codec>(
    sys,
    [=](line_connection* self) -> caf::behavior {
      return {[=](line&) {
        for (auto i = 0; i < 30; ++i)
          self->send(room, i);
      }};
    },
    how);
  auto peer = sys.world().connect(at);
  peer.send("go\n");
  REQUIRE(sys.run_until_idle());
  CHECK(handled == 10);
}

TEST_CASE_FIXTURE(fixture, "Who has much staged is not read from.") {
  auto room = spawn_shared([&](shared_actor*) -> caf::behavior {
    return {[&](int) { sys.world().burn(1'000'000); }};
  });
  auto peer = connect("greedy", 1, [=](line_connection* self) -> caf::behavior {
    return {[=](line&) { self->send(room, 1); }};
  });
  std::string flood;
  for (auto i = 0; i < 200'000; ++i)
    flood += "1\n";
  peer.send(flood);
  for (auto i = 0; i < 200; ++i)
    sys.run_round();
  CHECK(sys.usage().queued_messages > 200);
  CHECK(peer.unsent_bytes() > 100'000);
}

// -- control messages
// ---------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "What keeps the system going is never dropped.") {
  std::size_t downs = 0;
  std::size_t answers = 0;
  auto helper = spawn_plain(sys.actors(), [](auto*) -> caf::behavior {
    return {[](int x) { return x; }};
  });
  auto room = spawn_shared([&](shared_actor* self) -> caf::behavior {
    self->set_down_handler([&](caf::down_msg&) { ++downs; });
    return {
      [](int) {},
      [&, self](bool) {
        for (auto i = 0; i < 3'000; ++i)
          self->request(helper, caf::infinite, i).then([&](int) { ++answers; });
      },
      [=](const caf::actor& x) { self->monitor(x); },
    };
  });
  std::vector<caf::actor> watched;
  for (auto i = 0; i < 3'000; ++i) {
    watched.push_back(spawn_plain(sys.actors(), [](auto*) -> caf::behavior {
      return {[](int) {}};
    }));
    caf::anon_send(room, watched.back());
    REQUIRE(sys.run_until_idle());
  }
  caf::anon_send(room, true);
  for (auto& x : watched)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  watched.clear();
  REQUIRE(sys.run_until_idle());
  CHECK(downs == 3'000);
  CHECK(answers == 3'000);
  check_nothing_left();
}

TEST_CASE_FIXTURE(fixture,
                  "A shared actor whose stages are full can be ended.") {
  endings ended;
  auto room = spawn_shared([&](shared_actor* self) -> caf::behavior {
    report_end(self, ended);
    return {[](int x) { return x; }};
  });
  std::size_t served = 0;
  std::size_t refused = 0;
  auto peer = connect("a", 1, [&](line_connection* self) -> caf::behavior {
    return {[&, self](line&) {
      for (auto i = 0; i < 1'024; ++i)
        self->request(room, caf::infinite, i)
          .then([&](int) { ++served; }, [&](caf::error&) { ++refused; });
      caf::anon_send_exit(room, caf::exit_reason::user_shutdown);
    }};
  });
  peer.send("go\n");
  REQUIRE(sys.run_until_idle());
  CHECK(served + refused == 1'024);
  CHECK(ended == endings{"user_shutdown"});
  check_nothing_left();
}

// -- an ordinary actor
// ----------------------------------------------------------------

TEST_CASE_FIXTURE(two_workers, "A shared actor answers whoever asks.") {
  auto room = spawn_shared([&](shared_actor*) -> caf::behavior {
    return {[](int x) { return x + 1; }};
  });
  auto peer = connect("a", 1, [=](line_connection* self) -> caf::behavior {
    return {[=](line&) {
      self->request(room, 1s, 41).await([=](int x) {
        self->write(line{std::to_string(x)});
      });
    }};
  });
  peer.send("1\n2\n");
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == "42\n42\n");
}

TEST_CASE_FIXTURE(two_workers, "A shared actor may await an answer itself.") {
  auto slow = spawn_plain(
    sys.actors(), [](caf::event_based_actor* self) -> caf::behavior {
      return {[=](int x) {
                auto answer = self->make_response_promise<int>();
                self->delayed_send(self, 100ms, job{"", 0, 0});
                self->become(caf::keep_behavior, [=](const job&) mutable {
                  answer.deliver(2 * x);
                  self->unbecome();
                });
                return answer;
              },
              [](const job&) {}};
    });
  std::vector<int> seen;
  auto room = spawn_shared([&](shared_actor* self) -> caf::behavior {
    return {[&, self](int x) {
      if (x == 0)
        self->request(slow, caf::infinite, 21).await([&](int y) {
          seen.push_back(y);
        });
      else
        seen.push_back(x);
    }};
  });
  auto send = [=](line_connection* self) -> caf::behavior {
    return {
      [=](line& x) { self->send(room, std::stoi(std::string{x.text()})); }};
  };
  auto a = connect("a", 1, send);
  auto b = connect("b", 1, send);
  a.send("1\n0\n2\n3\n");
  REQUIRE(sys.run_until_idle());
  b.send("4\n5\n");
  REQUIRE(sys.run_until_idle());
  CHECK(seen == std::vector<int>{1});
  sys.advance(200);
  CHECK(seen == std::vector<int>{1, 42, 2, 3, 4, 5});
  check_nothing_left();
}

TEST_CASE_FIXTURE(fixture, "A shared actor can wait, change and time out.") {
  std::vector<std::string> seen;
  auto room = spawn_shared([&](shared_actor* self) -> caf::behavior {
    self->delayed_send(self, 1s, std::string{"delayed"});
    return {[&, self](std::string& x) {
      seen.push_back(x);
      self->become([&](int) { seen.emplace_back("number"); },
                   caf::after(2s) >>
                     [&, self] {
                       seen.emplace_back("bored");
                       self->quit();
                     });
    }};
  });
  REQUIRE(sys.run_until_idle());
  sys.advance(1'100);
  CHECK(seen == std::vector<std::string>{"delayed"});
  sys.advance(1'500);
  caf::anon_send(room, 1);
  sys.advance(1'500);
  CHECK(seen == std::vector<std::string>{"delayed", "number"});
  sys.advance(600);
  CHECK(seen == std::vector<std::string>{"delayed", "number", "bored"});
}

TEST_CASE_FIXTURE(fixture, "A shared actor's handler that throws ends it.") {
  endings ended;
  auto room = spawn_shared([&](shared_actor* self) -> caf::behavior {
    report_end(self, ended);
    return {[](int) { throw std::runtime_error{"broken"}; }};
  });
  std::string answer;
  auto peer = connect("a", 1, [&](line_connection* self) -> caf::behavior {
    return {[&, self](line& x) {
      self->request(room, caf::infinite, 1)
        .then([&](int) { answer = "?"; },
              [&](caf::error& e) { answer = describe(e); });
      self->write(std::move(x));
    }};
  });
  peer.send("1\n");
  REQUIRE(sys.run_until_idle());
  CHECK(ended.size() == 1);
  CHECK_FALSE(answer.empty());
  peer.send("2\n");
  REQUIRE(sys.run_until_idle());
  CHECK(answer == "request_receiver_down");
  CHECK(peer.received() == "1\n2\n");
  check_nothing_left();
}

TEST_CASE_FIXTURE(two_workers,
                  "A stop with much staged leaves nothing behind.") {
  auto room = spawn_shared([&](shared_actor*) -> caf::behavior {
    return {[&](int x) {
      sys.world().burn(1'000'000);
      return x;
    }};
  });
  auto peer = connect("a", 1, [=](line_connection* self) -> caf::behavior {
    return {[=](line&) {
      for (auto i = 0; i < 500; ++i)
        self->request(room, caf::infinite, i).then([](int) {});
    }};
  });
  peer.send("go\n");
  for (auto i = 0; i < 10; ++i)
    sys.run_round();
  CHECK(sys.usage().queued_messages > 100);
  room = nullptr;
  sys.stop();
  CHECK(sys.world().open_sockets() == 0);
}

/// Owes answers, which hold on to it, until all who have asked are gone.
class debtor final : public shared_actor {
public:
  debtor(caf::actor_config& config, std::shared_ptr<int> guard,
         std::size_t& gone)
    : shared_actor(config), guard_(std::move(guard)), gone_(gone) {
    // nop
  }

  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg&) {
      ++gone_;
      if (--askers_ == 0)
        quit();
    });
    return {[this](int) {
              ++askers_;
              monitor(current_sender());
              owed_.push_back(make_response_promise());
              return owed_.back();
            },
            // For ever.
            [this](const job& x) { send(this, x); }};
  }

  void on_exit() override {
    owed_.clear();
  }

private:
  std::shared_ptr<int> guard_;
  std::size_t& gone_;
  std::size_t askers_ = 0;
  std::vector<caf::response_promise> owed_;
};

TEST_CASE_FIXTURE(two_workers, "A stop is heard of on all workers.") {
  auto guard = std::make_shared<int>(0);
  std::weak_ptr<int> alive = guard;
  std::size_t gone = 0;
  std::vector<caf::actor> all;
  for (auto i = 0; i < 2; ++i)
    all.push_back(sys.actors().spawn<debtor>(guard, std::ref(gone)));
  guard = nullptr;
  std::vector<sim_peer> peers;
  for (std::string name : {"a", "b"}) {
    peers.push_back(connect(name, 1, [=](line_connection* self) {
      return caf::behavior{[=](line&) {
        for (auto& x : all)
          self->request(x, caf::infinite, 1).then([](int) {});
      }};
    }));
    peers.back().send("go\n");
  }
  REQUIRE(sys.run_until_idle());
  all.clear();
  sys.stop();
  CHECK(gone == 4);
  CHECK(alive.expired());
}

TEST_CASE_FIXTURE(two_workers, "Shared actors with work end at a stop.") {
  auto guard = std::make_shared<int>(0);
  std::weak_ptr<int> alive = guard;
  std::size_t gone = 0;
  auto busy = sys.actors().spawn<debtor>(guard, std::ref(gone));
  guard = nullptr;
  spawn_plain(sys.actors(), [busy](auto* self) -> caf::behavior {
    self->request(busy, caf::infinite, 1).then([](int) {});
    self->send(busy, job{});
    return {[](int) {}};
  });
  busy = nullptr;
  for (auto i = 0; i < 10; ++i)
    sys.run_round();
  CHECK_FALSE(alive.expired());
  sys.stop();
  CHECK(alive.expired());
}

} // namespace
