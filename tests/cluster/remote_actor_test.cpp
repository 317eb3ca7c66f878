#include "troupe/cluster/remote_actor.hpp"

#include <string>
#include <vector>

#include "caf/actor_cast.hpp"

#include <doctest/doctest.h>

#include "troupe/cluster/forwarding.hpp"
#include "troupe/tests/cluster/sim_node.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

using text = std::string;

/// Has actors in place of links and the directory that keep what they are sent.
struct fixture {
  fixture() {
    for (auto name : {"b", "c"})
      a.node()->links[name] = spawn_plain(
        sys.actors(), [this, its = text{name}](auto* self) -> caf::behavior {
          return {[=, this](send_parcel& x) {
            take_over(*self);
            sent_to.push_back(its);
            sent.push_back(std::move(x));
          }};
        });
  }

  ~fixture() {
    // They hold handles of those who ask.
    sent.clear();
  }

  caf::actor remote() {
    return caf::actor_cast<caf::actor>(
      make_remote_actor(a.node(), a.node()->links["b"],
                        {addressee::published, "clock", 0, {}, 0, {}, 700}));
  }

  void end(const caf::actor& x) {
    end_remote_actor(caf::actor_cast<caf::strong_actor_ptr>(x),
                     make_error(errc::node_lost, "b"));
    REQUIRE(sys.run_until_idle());
  }

  std::vector<text> sent_to;
  std::vector<send_parcel> sent;
  sim_system sys;
  sim_node a{sys, "a", {"b", "c"}};
};

TEST_CASE_FIXTURE(fixture, "What is sent to it goes to the link.") {
  auto uut = remote();
  caf::anon_send(uut, text{"hi"});
  REQUIRE(sys.run_until_idle());
  REQUIRE(sent.size() == 1);
  auto& x = sent[0];
  CHECK(x.kind == addressee::published);
  CHECK(x.name == "clock");
  CHECK(x.lifetime_ms == 700);
  CHECK(x.sender == nullptr);
  CHECK_FALSE(caf::make_message_id(x.message_id).is_request());
  REQUIRE(x.content.match_elements<text>());
  CHECK(x.content.get_as<text>(0) == "hi");
}

TEST_CASE_FIXTURE(fixture, "A request goes with who waits for the answer.") {
  auto answered = ask<text>(sys, remote(), text{"hi"});
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].sender != nullptr);
  CHECK(caf::make_message_id(sent[0].message_id).is_request());
  CHECK(*answered == "");
}

TEST_CASE_FIXTURE(fixture, "Exit messages do not travel.") {
  auto uut = remote();
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  REQUIRE(sys.run_until_idle());
  CHECK(sent.empty());
}

TEST_CASE_FIXTURE(fixture, "Who monitors it learns that its link is lost.") {
  auto uut = remote();
  std::vector<text> downs;
  auto watcher = spawn_plain(
    sys.actors(), [&](caf::event_based_actor* self) -> caf::behavior {
      self->set_down_handler(
        [&](caf::down_msg& x) { downs.push_back(describe(x.reason)); });
      self->monitor(uut);
      return {[](int) {}};
    });
  REQUIRE(sys.run_until_idle());
  CHECK(downs.empty());
  end(uut);
  CHECK(downs == std::vector<text>{"node_lost: b"});
  CHECK(sent.empty());
}

TEST_CASE_FIXTURE(fixture, "When its link is lost, requests are answered.") {
  auto uut = remote();
  end(uut);
  CHECK(*ask<text>(sys, uut, text{"hi"}) == "node_lost");
  caf::anon_send(uut, text{"hi"});
  REQUIRE(sys.run_until_idle());
  CHECK(sent.empty());
}

TEST_CASE_FIXTURE(fixture, "A name leads to its owner, whoever that is now.") {
  a.see({"a", "b", "c"});
  auto name = a.name_of("b", {"a", "b", "c"});
  auto uut = make_owned_actor(a.node(), name, 700);
  caf::anon_send(uut, text{"hi"});
  REQUIRE(sys.run_until_idle());
  REQUIRE(sent.size() == 1);
  CHECK(sent_to[0] == "b");
  CHECK(sent[0].kind == addressee::owner);
  CHECK(sent[0].name == name);
  CHECK(sent[0].lifetime_ms == 700);
  a.see({"c"});
  caf::anon_send(uut, text{"hi"});
  REQUIRE(sys.run_until_idle());
  REQUIRE(sent.size() == 2);
  CHECK(sent_to[1] == "c");
  // Here there is nobody of that kind.
  a.see({"a"});
  CHECK(*ask<text>(sys, uut, text{"hi"}) == "unknown_name: " + name);
  CHECK(sent.size() == 2);
}

TEST_CASE_FIXTURE(fixture, "Without any members the directory answers.") {
  a.see({});
  auto uut = make_owned_actor(a.node(), "room/tea", 700);
  CHECK(*ask<text>(sys, uut, text{"hi"}) == "not_owner");
  a.see({}, {}, false);
  CHECK(*ask<text>(sys, uut, text{"hi"}) == "no_quorum");
}

TEST_CASE_FIXTURE(fixture, "An owner without a link is lost.") {
  a.see({"x"});
  auto uut = make_owned_actor(a.node(), "room/tea", 700);
  CHECK(*ask<text>(sys, uut, text{"hi"}) == "node_lost: x");
  caf::anon_send(uut, text{"hi"});
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  REQUIRE(sys.run_until_idle());
  CHECK(sent.empty());
}

} // namespace
