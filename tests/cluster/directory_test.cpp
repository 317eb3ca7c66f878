#include "troupe/cluster/directory.hpp"

#include <map>
#include <string>
#include <vector>

#include "caf/message.hpp"

#include <doctest/doctest.h>

#include "troupe/cluster/remote_actor.hpp"
#include "troupe/tests/cluster/sim_node.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

using text = std::string;

struct fixture {
  fixture() {
    a.node()->kinds["room"] = [this](const ownership& x) {
      made.push_back(x);
      return spawn_plain(sys.actors(),
                         [this, name = x.name()](auto* self) -> caf::behavior {
                           report_end(self, ended);
                           return {[=](const text& y) {
                             if (y == "quit")
                               self->quit();
                             return name + ' ' + y;
                           }};
                         });
    };
    a.node()->kinds["nothing"] = [](const ownership&) { return caf::actor{}; };
  }

  /// The actor of that name in the cluster.
  caf::actor find(const text& name) {
    return make_owned_actor(a.node(), name, 1'000);
  }

  text ask(const text& name, const text& what) {
    return *test::ask<text>(sys, find(name), what);
  }

  /// Asks the directory itself, as a node does that takes this one for the
  /// owner.
  text ask_here(const text& name, const text& what) {
    auto directory = a.node()->directory;
    auto passer = spawn_plain(
      sys.actors(), [=](caf::event_based_actor* self) -> caf::behavior {
        return {[=](const text& x) {
          auto* asked = self->current_mailbox_element();
          auto sender = asked->sender;
          auto id = asked->mid.integer_value();
          auto result = self->make_response_promise<text>();
          caf::anon_send(directory,
                         send_owned{name, sender, id, caf::make_message(x)});
          return result;
        }};
      });
    return *test::ask<text>(sys, passer, what);
  }

  log_capture log;
  endings ended;
  sim_system sys;
  sim_node a{sys, "a", {"b", "c"}};
  std::vector<ownership> made;
};

// -- who is there -------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "The first message to a name makes its actor.") {
  auto tea = find("room/tea");
  CHECK(made.empty());
  CHECK(ask("room/tea", "hi") == "room/tea hi");
  CHECK(made.size() == 1);
  CHECK(ask("room/tea", "again") == "room/tea again");
  CHECK(made.size() == 1);
  CHECK(ask("room/coffee", "hi") == "room/coffee hi");
  CHECK(made.size() == 2);
}

TEST_CASE_FIXTURE(fixture, "Messages that are no requests arrive, too.") {
  caf::anon_send(find("room/tea"), text{"quit"});
  REQUIRE(sys.run_until_idle());
  CHECK(made.size() == 1);
  CHECK(ended.size() == 1);
}

TEST_CASE_FIXTURE(fixture, "An actor that ends is made anew, when needed.") {
  CHECK(ask("room/tea", "quit") == "room/tea quit");
  CHECK(ended.size() == 1);
  CHECK(made.size() == 1);
  CHECK(ask("room/tea", "hi") == "room/tea hi");
  REQUIRE(made.size() == 2);
  CHECK(made[1].number() > made[0].number());
}

TEST_CASE_FIXTURE(fixture, "Nobody has a name of no kind.") {
  CHECK(ask("hall/tea", "hi") == "unknown_name: hall/tea");
  CHECK(ask("", "hi") == "unknown_name");
  CHECK(ask("nothing/tea", "hi") == "unknown_name: nothing/tea");
  CHECK(made.empty());
}

TEST_CASE_FIXTURE(fixture, "So many names are owned, and no more.") {
  auto one = spawn_plain(sys.actors(), [](auto*) -> caf::behavior {
    return {[](const text& x) { return x; }};
  });
  a.node()->kinds["many"] = [one](const ownership&) { return one; };
  for (std::size_t i = 0; i < limits::owned_names_max; ++i) {
    caf::anon_send(find("many/" + std::to_string(i)), text{});
    if (i % 500 == 0)
      REQUIRE(sys.run_until_idle());
  }
  REQUIRE(sys.run_until_idle());
  CHECK(ask("many/0", "hi") == "hi");
  CHECK(ask("many/" + std::to_string(limits::owned_names_max - 1), "hi")
        == "hi");
  CHECK(ask("many/one-more", "hi")
        == "too_many_names: owned_names_max 65536 of a");
  CHECK(ask("hall/tea", "hi") == "unknown_name: hall/tea");
}

TEST_CASE_FIXTURE(fixture, "Where too much is staged requests are answered.") {
  CHECK(*test::ask<text>(sys, find("room/tea"), text{"hi"},
                         limits::staged_messages_max)
        == "stage_full: staged_messages_max of /application");
}

// -- who may be there ---------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Without the majority there is no owner.") {
  a.see({"a"}, {}, false);
  CHECK(ask("room/tea", "hi") == "no_quorum");
  CHECK(made.empty());
  a.see({"a"});
  CHECK(ask("room/tea", "hi") == "room/tea hi");
}

TEST_CASE_FIXTURE(fixture, "Without a lease there is no owner.") {
  a.node()->lease(0);
  CHECK(ask("room/tea", "hi") == "no_quorum: not heard by the majority lately");
  CHECK(made.empty());
}

TEST_CASE_FIXTURE(fixture, "Another node's name is refused, with the owner.") {
  a.see({"a", "b"});
  CHECK(ask_here(a.name_of("b", {"a", "b"}), "hi") == "not_owner: b");
  auto own = a.name_of("a", {"a", "b"});
  CHECK(ask_here(own, "hi") == own + " hi");
}

TEST_CASE_FIXTURE(fixture, "What was owned by who departs has to wait.") {
  auto its = a.name_of("b", {"a", "b"});
  auto own = a.name_of("a", {"a", "b"});
  a.see({"a"}, {"b"});
  CHECK(ask(its, "hi") == "no_quorum: its last owner has just left");
  CHECK(ask(own, "hi") == own + " hi");
  a.see({"a"});
  CHECK(ask(its, "hi") == its + " hi");
}

TEST_CASE_FIXTURE(fixture, "When the owner changes its actor ends.") {
  auto its = a.name_of("b", {"a", "b"});
  auto own = a.name_of("a", {"a", "b"});
  ask(its, "hi");
  ask(own, "hi");
  CHECK(made.size() == 2);
  a.see({"a", "b"});
  CHECK(ended == endings{"not_owner"});
  CHECK(ask_here(its, "hi") == "not_owner: b");
  CHECK(ask(own, "hi") == own + " hi");
  CHECK(made.size() == 2);
  a.see({"a"});
  CHECK(ask(its, "hi") == its + " hi");
  REQUIRE(made.size() == 3);
  CHECK(made[2].number() > made[0].number());
}

TEST_CASE_FIXTURE(fixture, "Who loses the majority keeps its actors, unused.") {
  ask("room/tea", "hi");
  a.see({"a"}, {}, false);
  CHECK(ended.empty());
  CHECK(ask("room/tea", "hi") == "no_quorum");
  a.see({"a"});
  CHECK(ask("room/tea", "hi") == "room/tea hi");
  CHECK(made.size() == 1);
}

TEST_CASE_FIXTURE(fixture, "With the directory all of its actors end.") {
  ask("room/tea", "hi");
  ask("room/coffee", "hi");
  caf::anon_send_exit(a.node()->directory, caf::exit_reason::user_shutdown);
  REQUIRE(sys.run_until_idle());
  CHECK(ended == endings{"user_shutdown", "user_shutdown"});
}

// -- ownership ----------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "An ownership holds while nobody else's does.") {
  auto name = a.name_of("b", {"a", "b"});
  ask(name, "hi");
  auto& uut = made.at(0);
  CHECK(uut.name() == name);
  CHECK(uut.holds());
  a.node()->lease(0);
  CHECK_FALSE(uut.holds());
  a.node()->lease(UINT64_MAX);
  CHECK(uut.holds());
  a.see({"a"}, {}, false);
  CHECK_FALSE(uut.holds());
  a.see({"a", "b"});
  CHECK_FALSE(uut.holds());
  a.see({"a"});
  CHECK(uut.holds());
}

TEST_CASE_FIXTURE(fixture, "Its number grows, and can be raised.") {
  ask("room/tea", "hi");
  auto& uut = made.at(0);
  auto first = uut.number();
  uut.raise(0);
  auto second = uut.number();
  CHECK(second > first);
  uut.raise(2 * second);
  CHECK(uut.number() > 2 * second);
  auto third = uut.number();
  ask("room/coffee", "hi");
  CHECK(made.at(1).number() > third);
}

TEST_CASE_FIXTURE(fixture, "No two nodes give the same number.") {
  sim_node b{sys, "b", {"a", "c"}};
  sim_node c{sys, "c", {"a", "b"}};
  std::map<std::uint64_t, int> numbers;
  for (auto i = 0; i < 1'000; ++i)
    for (auto* x : {&a, &b, &c})
      ++numbers[x->node()->next_ownership()];
  CHECK(numbers.size() == 3'000);
}

// -- who watches --------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Who watches is told of each view, until it ends.") {
  std::vector<std::uint64_t> seen;
  auto watcher = spawn_plain(sys.actors(), [&](auto*) -> caf::behavior {
    return {[&](const view_changed& x) { seen.push_back(x.number); }};
  });
  auto first = a.node()->view()->number;
  caf::send_as(watcher, a.node()->directory, watch_view{});
  REQUIRE(sys.run_until_idle());
  CHECK(seen.empty());
  a.see({"a", "b"});
  a.see({"a"});
  CHECK(seen == std::vector<std::uint64_t>{first + 1, first + 2});
  caf::anon_send_exit(watcher, caf::exit_reason::user_shutdown);
  REQUIRE(sys.run_until_idle());
  a.see({"a", "b"});
  CHECK(seen.size() == 2);
}

} // namespace
