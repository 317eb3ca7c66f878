#include "troupe/actors/broadcast.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/seed.hpp"
#include "troupe/tests/support/shared_function.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

struct enter {
  troupe::subscriber<troupe::line_codec> who;
};

struct leave {
  troupe::subscriber<troupe::line_codec> who;
};

/// Request: sends a line to all; answered when all have it.
struct tell {
  std::string text;
};

/// Tells many words at once, without waiting for anything.
struct flood {
  std::size_t words;
  std::string word;
};

/// What a line of the random test asks for, and who has sent it.
struct request {
  troupe::subscriber<troupe::line_codec> who;
  std::size_t number;
  char what;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(enter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leave)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tell)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(flood)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(request)

namespace {

using namespace troupe;
using namespace troupe::test;

using line_connection = connection_of<line_codec>;

/// A room of lines on the first worker, and peers who enter it with `+` and
/// leave it with `-`; what else they send is said. Speakers get `ok` when all
/// have it.
struct fixture {
  explicit fixture(std::size_t workers = 1, const sim_options& how = {})
    : sys(workers, how) {
    sys.on_worker(0, [this](worker&) {
      room = spawn_shared(sys.actors(), [this](shared_actor* self) {
        return make_room(self);
      });
    });
  }

  caf::behavior make_room(shared_actor* self) {
    auto all = std::make_shared<broadcast<line_codec>>();
    return {
      [=](const enter& x) {
        auto welcome = slice::copy_of("welcome\n");
        all->send_to(x.who, welcome, 1);
        all->add(x.who);
      },
      [=](const leave& x) { all->remove(x.who); },
      [=, this](const tell& x) -> caf::result<void> {
        sys.world().burn(making_ns);
        auto promise = self->make_response_promise();
        all->send(slice::copy_of(x.text + "\n"), 1, hold_answers({promise}));
        return promise;
      },
      [=](const flood& x) {
        for (std::size_t i = 0; i < x.words; ++i)
          all->send(slice::copy_of(x.word + "\n"), 1);
      },
    };
  }

  caf::behavior serve_peer(line_connection* self) {
    return {[=, this](line& x) {
      if (x.text() == "+")
        self->send(room, enter{self->subscriber()});
      else if (x.text() == "-")
        self->send(room, leave{self->subscriber()});
      else if (x.text() == "close")
        self->close();
      else if (x.text() == "flood")
        self->send(room, flooding);
      else {
        self->write(line{"saying " + std::string{x.text()}});
        self->request(room, caf::infinite, tell{std::string{x.text()}})
          .then([=] { self->write(line{std::string_view{"ok"}}); });
      }
    }};
  }

  /// A peer of a listener of its own.
  sim_peer connect(const std::string& name, listen_options how = {}) {
    how.name = name;
    auto peer = sys.world().connect(serve<line_codec>(
      sys, [this](line_connection* self) { return serve_peer(self); }, how));
    REQUIRE(sys.run_until_idle());
    return peer;
  }

  sim_peer connect_member(const std::string& name,
                          const listen_options& how = {}) {
    auto peer = connect(name, how);
    peer.send("+\n");
    REQUIRE(sys.run_until_idle());
    REQUIRE(peer.take_received() == "welcome\n");
    return peer;
  }

  void say(sim_peer& who, const std::string& words) {
    who.send(words);
    REQUIRE(sys.run_until_idle());
  }

  resource_usage used_by(const std::string& name) {
    return sys.usage(*sys.find(name));
  }

  log_capture log;
  sim_system sys;
  caf::actor room;
  std::uint64_t making_ns = 0;
  flood flooding{};
};

struct two_workers : fixture {
  two_workers() : fixture(2) {
    // nop
  }
};

TEST_SUITE_BEGIN("broadcast");

TEST_CASE("All get what is sent to all, in order, on all workers.") {
  for (std::size_t workers = 1; workers <= 3; ++workers) {
    CAPTURE(workers);
    fixture f{workers};
    std::vector<sim_peer> members;
    for (auto i = 0; i < 10; ++i)
      members.push_back(f.connect_member("member" + std::to_string(i)));
    auto speaker = f.connect("speaker");
    f.say(speaker, "one\ntwo\nthree\n");
    for (auto& x : members)
      CHECK(x.take_received() == "one\ntwo\nthree\n");
    auto heard = speaker.take_received();
    CHECK(heard.find("saying three\n") != std::string::npos);
    CHECK(std::count(heard.begin(), heard.end(), 'k') == 3);
  }
}

TEST_CASE_FIXTURE(two_workers, "What is sent keeps its order with what the "
                               "connection's own actor has written.") {
  auto one = connect_member("one");
  auto two = connect_member("two");
  for (auto* x : {&one, &two}) {
    say(*x, "word\n");
    CHECK(x->take_received() == "saying word\nword\nok\n");
    one.take_received();
    two.take_received();
  }
}

TEST_CASE_FIXTURE(two_workers,
                  "Who is removed, or has ended, gets no more and is let go.") {
  auto stays = connect_member("stays");
  auto leaves = connect_member("leaves");
  auto ends = connect_member("ends");
  auto twice = connect_member("twice");
  say(twice, "+\n");
  CHECK(twice.take_received() == "welcome\n");
  say(leaves, "-\n");
  say(leaves, "-\n");
  say(ends, "close\n");
  auto speaker = connect("speaker");
  say(speaker, "word\n");
  CHECK(stays.take_received() == "word\n");
  CHECK(twice.take_received() == "word\n");
  CHECK(leaves.take_received().empty());
  CHECK(ends.take_received().empty());
  CHECK(speaker.take_received() == "saying word\nok\n");
}

TEST_CASE("An answer is held until all workers have done their part.") {
  fixture f{3};
  std::vector<sim_peer> members;
  for (auto i = 0; i < 6; ++i)
    members.push_back(f.connect_member("member" + std::to_string(i)));
  auto speaker = f.connect("speaker");
  auto unaware = [&] {
    return std::count_if(members.begin(), members.end(),
                         [](auto& x) { return x.received() != "word\n"; });
  };
  std::size_t stalls_noticed = 0;
  for (std::size_t stalled = 0; stalled < 3; ++stalled) {
    CAPTURE(stalled);
    speaker.send("word\n");
    for (auto round = 0; round < 50; ++round)
      for (std::size_t i = 0; i < 3; ++i)
        if (i != stalled)
          f.sys.at(i).run_round(false);
    auto is_answered = speaker.received() == "saying word\nok\n";
    CHECK(is_answered == (unaware() == 0));
    stalls_noticed += unaware() < 6 && unaware() > 0 ? 1 : 0;
    REQUIRE(f.sys.run_until_idle());
    CHECK(unaware() == 0);
    CHECK(speaker.take_received() == "saying word\nok\n");
    for (auto& x : members)
      x.take_received();
  }
  CHECK(stalls_noticed > 0);
}

TEST_CASE_FIXTURE(two_workers,
                  "Who sends pays for making it, each for its own sending.") {
  making_ns = 1'000'000;
  auto near = connect_member("near");
  auto far = connect_member("far");
  auto speaker = connect("speaker");
  auto before_near = used_by("near");
  auto before_far = used_by("far");
  for (auto i = 0; i < 10; ++i)
    say(speaker, "word\n");
  CHECK(used_by("speaker").cpu_ns >= 10 * making_ns);
  std::pair<const char*, resource_usage> befores[] = {{"near", before_near},
                                                      {"far", before_far}};
  for (auto& x : befores) {
    auto name = x.first;
    auto& before = x.second;
    CAPTURE(name);
    auto used = used_by(name);
    CHECK(used.cpu_ns > before.cpu_ns);
    CHECK(used.cpu_ns - before.cpu_ns < making_ns);
    CHECK(used.frames_out - before.frames_out == 10);
    CHECK(used.bytes_out - before.bytes_out == 50);
    CHECK(used.memory_bytes == 0);
  }
  for (auto* x : {&near, &far})
    CHECK(x->received().size() == 50);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
}

TEST_CASE_FIXTURE(two_workers, "Who is frozen gets all of it when thawed, and "
                               "holds up others for a moment.") {
  auto frozen = connect_member("frozen");
  auto other = connect_member("other");
  auto speaker = connect("speaker");
  sys.find("frozen")->freeze();
  REQUIRE(sys.run_until_idle());
  say(speaker, "one\ntwo\n");
  CHECK(other.take_received() == "one\ntwo\n");
  CHECK(frozen.take_received().empty());
  CHECK(used_by("frozen").memory_bytes == 8);
  // Who speaks is paced by those who send, and not for long.
  CHECK(speaker.take_received() == "saying one\nsaying two\n");
  sys.advance(limits::send_hold_ns_max / 1'000'000 + 1);
  CHECK(speaker.take_received() == "ok\nok\n");
  // It is not the peer who does not read.
  sys.advance(60'000);
  sys.find("frozen")->thaw();
  REQUIRE(sys.run_until_idle());
  CHECK(frozen.take_received() == "one\ntwo\n");
  CHECK(used_by("frozen").memory_bytes == 0);
}

TEST_CASE_FIXTURE(fixture, "Who does not read is cut by its own bound.") {
  listen_options how;
  how.connection.output_bytes_max = 200'000;
  auto slow = connect_member("slow", how);
  auto other = connect_member("other", how);
  auto speaker = connect("speaker");
  slow.stop_reading();
  std::string word(5'000, 'x');
  word.back() = '\n';
  for (auto i = 0; i < 100; ++i) {
    say(speaker, word);
    auto is_heard = other.take_received() == word;
    CHECK(is_heard);
    // It holds up nobody: it had its turn.
    CHECK(speaker.take_received().ends_with("\nok\n"));
  }
  CHECK(log.has("peer_not_reading"));
  CHECK(used_by("slow").connections == 0);
  CHECK(used_by("slow").memory_bytes == 0);
  CHECK(used_by("other").connections == 1);
}

// -- many subscribers ---------------------------------------------------------

/// More than are visited in one turn.
constexpr std::size_t crowd_size = 8 * limits::broadcast_visits_max + 5;

/// So that a round is over before all of them have had a turn.
constexpr sim_options slow{.clock_step_ns = 5'000};

struct crowd : fixture {
  crowd() : fixture(1, slow) {
    for (std::size_t i = 0; i < crowd_size; ++i)
      members.push_back(connect_member("member" + std::to_string(i)));
  }

  /// How many have heard that and nothing else.
  std::size_t count(const std::string& words) const {
    auto n = std::count_if(members.begin(), members.end(),
                           [&](auto& x) { return x.received() == words; });
    return static_cast<std::size_t>(n);
  }

  /// Until some have heard something, and others have not.
  void run_halfway() {
    while (count("") == crowd_size)
      REQUIRE(sys.run_round());
    REQUIRE(count("") > 0);
  }

  std::vector<sim_peer> members;
};

TEST_CASE_FIXTURE(crowd, "Who speaks to many gives way to others.") {
  auto speaker = connect("speaker");
  auto other = connect("other");
  speaker.send("word\n");
  run_halfway();
  other.send("close\n");
  while (used_by("other").connections > 0)
    REQUIRE(sys.run_round());
  CHECK(count("") > 0);
  REQUIRE(sys.run_until_idle());
  CHECK(count("word\n") == crowd_size);
}

TEST_CASE_FIXTURE(crowd, "Who speaks while a word goes round takes it along, "
                         "whatever holds up who spoke first.") {
  auto frozen = connect("frozen");
  auto other = connect("other");
  frozen.send("one\n");
  run_halfway();
  sys.find("frozen")->freeze();
  REQUIRE(sys.run_until_idle());
  CHECK(count("") > 0);
  CHECK(used_by("frozen").memory_bytes > 0);
  say(other, "two\n");
  CHECK(count("one\ntwo\n") == crowd_size);
  CHECK(other.received() == "saying two\nok\n");
  sys.find("frozen")->thaw();
  REQUIRE(sys.run_until_idle());
  CHECK(frozen.received() == "saying one\nok\n");
  CHECK(sys.usage().memory_bytes == 0);
}

TEST_CASE_FIXTURE(crowd,
                  "What goes round survives the end of who has said it.") {
  auto speaker = connect("speaker");
  speaker.send("word\n");
  run_halfway();
  sys.find("speaker")->destroy("a test");
  REQUIRE(sys.run_until_idle());
  CHECK(count("word\n") == crowd_size);
  CHECK(sys.usage().memory_bytes == 0);
}

TEST_CASE_FIXTURE(crowd, "A stop while something goes round leaves nothing.") {
  auto speaker = connect("speaker");
  speaker.send("word\n");
  run_halfway();
  room = {};
  sys.stop();
  CHECK(count("") > 0);
  for (auto& x : members)
    CHECK((x.is_ended() || x.is_reset()));
}

TEST_CASE_FIXTURE(two_workers,
                  "What waits for those on another worker is bounded.") {
  std::vector<sim_peer> members;
  for (auto i = 0; i < 4; ++i)
    members.push_back(connect_member("member" + std::to_string(i)));
  flood what{limits::broadcast_items_max + 10, "word"};
  std::size_t least = limits::broadcast_items_max;
  SUBCASE("in items") {
    // nop
  }
  SUBCASE("in bytes") {
    what = {9, std::string(60'000, 'x')};
    least = limits::broadcast_bytes_max / 60'000;
  }
  auto speaker = connect("speaker");
  flooding = what;
  speaker.send("flood\n");
  for (auto i : {1, 1, 1, 0, 0, 0})
    sys.at(static_cast<std::size_t>(i)).run_round(false);
  sys.find("speaker")->freeze();
  auto before = used_by("speaker").cpu_ns;
  auto clock_step_ns = sim_options{}.clock_step_ns;
  REQUIRE(sys.run_until_idle());
  // It gets no turn, so what is within the bounds waits on the other worker.
  auto heard_least = what.words;
  for (auto& x : members) {
    auto heard = x.received().size() / (what.word.size() + 1);
    CHECK(heard >= least);
    heard_least = std::min(heard_least, heard);
  }
  CHECK(heard_least < what.words);
  CHECK(used_by("speaker").memory_bytes > 0);
  // It has paid for that, though.
  CHECK(used_by("speaker").cpu_ns >= before + what.words * clock_step_ns);
  sys.find("speaker")->thaw();
  REQUIRE(sys.run_until_idle());
  for (auto& x : members)
    CHECK(x.received().size() == what.words * (what.word.size() + 1));
  CHECK(sys.usage().memory_bytes == 0);
}

/// Notes what each of its subscribers has to hear.
struct audited {
  explicit audited(std::size_t workers) : sys(workers, slow) {
    sys.on_worker(0, [this](worker&) {
      room = spawn_shared(sys.actors(),
                          [this](shared_actor*) { return make_room(); });
    });
  }

  caf::behavior make_room() {
    auto all = std::make_shared<broadcast<line_codec>>();
    return {[=, this](const request& x) {
      auto word = std::to_string(++words) + '\n';
      auto& its = due[x.number];
      switch (x.what) {
        case '+':
          all->add(x.who);
          members.insert(x.number);
          break;
        case '-':
          all->remove(x.who);
          members.erase(x.number);
          break;
        case '!':
          all->send_to(x.who, slice::copy_of(word), 1);
          its += word;
          break;
        default:
          all->send(slice::copy_of(word), 1);
          for (auto i : members)
            due[i] += word;
      }
    }};
  }

  sim_peer connect(std::size_t number) {
    auto peer = sys.world().connect(serve<line_codec>(
      sys,
      [=, this](line_connection* self) -> caf::behavior {
        return {[=, this](line& x) {
          self->send(room, request{self->subscriber(), number, x.text()[0]});
        }};
      },
      {.name = "peer" + std::to_string(number)}));
    REQUIRE(sys.run_until_idle());
    return peer;
  }

  sim_system sys;
  caf::actor room;
  std::size_t words = 0;
  std::set<std::size_t> members;
  std::map<std::size_t, std::string> due;
};

TEST_CASE("All hear the same in the same order, whoever comes and goes while "
          "it goes round.") {
  auto seed = troupe::test::seed();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  auto up_to = [&](std::size_t max) {
    return std::uniform_int_distribution<std::size_t>{0, max}(random);
  };
  log_capture log;
  for (std::size_t workers = 1; workers <= 3; ++workers) {
    CAPTURE(workers);
    audited f{workers};
    std::vector<sim_peer> peers;
    for (std::size_t i = 0; i < crowd_size; ++i) {
      peers.push_back(f.connect(i));
      peers.back().send("+\n");
    }
    std::set<std::size_t> gone;
    for (auto step = 0; step < 1'000; ++step) {
      auto number = up_to(crowd_size - 1);
      if (gone.contains(number))
        continue;
      const char* lines[] = {"word\n", "word\n", "!\n", "+\n", "-\n"};
      peers[number].send(lines[up_to(4)]);
      if (up_to(49) == 0) {
        peers[number].close();
        gone.insert(number);
      }
      for (auto rounds = up_to(2); rounds > 0; --rounds)
        f.sys.at(up_to(workers - 1)).run_round(false);
    }
    REQUIRE(f.sys.run_until_idle());
    CHECK(f.words > 400);
    for (std::size_t i = 0; i < crowd_size; ++i) {
      CAPTURE(i);
      if (gone.contains(i))
        CHECK(f.due[i].starts_with(peers[i].received()));
      else
        CHECK(peers[i].received() == f.due[i]);
    }
    CHECK(f.sys.usage().memory_bytes == 0);
  }
}

TEST_SUITE_END();

} // namespace
