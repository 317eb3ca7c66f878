#include "troupe/cluster/link.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "caf/binary_serializer.hpp"

#include <doctest/doctest.h>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/cluster/node_broker.hpp"
#include "troupe/cluster/remote_actor.hpp"
#include "troupe/runtime/worker.hpp"
#include "troupe/tests/cluster/sim_node.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/shared_function.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

/// Nobody has registered it.
struct unheard_of {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(unheard_of)

namespace {

using namespace troupe;
using namespace troupe::test;

using text = std::string;
using number = std::int32_t;

caf::node_id id_of(std::uint32_t process) {
  return *caf::make_node_id(process, text(40, 'a'));
}

/// Gives parcels to a link as the broker of its node does, but takes all for
/// those of one payer.
void hand_over(const cluster_node_ptr& node, const caf::node_id& from,
               std::uint64_t connection, const caf::actor& link,
               std::vector<parcel> parcels) {
  auto payer = node->payers().payer_of(parcels.front().payer);
  send_on_bill(*payer, link,
               make_arrival(link, from, connection, *node, std::move(parcels)));
}

// -- one end of a link --------------------------------------------------------

/// Node a and its link to b, of which we see what the broker sees.
struct one_end {
  one_end() {
    broker = spawn_plain(sys.actors(), [this](auto*) -> caf::behavior {
      return {[this](send_frame& x) {
                CHECK(x.to == peer);
                if (x.what.match_elements<node_parcels>())
                  for (auto& y : x.what.get_as<node_parcels>(0).parcels)
                    sent.push_back(y);
                else if (x.what.match_elements<node_receipts>())
                  for (auto& y : x.what.get_as<node_receipts>(0).receipts)
                    receipts.push_back(y);
                else
                  FAIL("no other frames");
              },
              [this](const cut_node& x) {
                CHECK(x.who == peer);
                cuts.push_back(x.why);
              }};
    });
    uut = a.node()->links["b"] = spawn_link(a.node(), "b", broker);
    clock = at("clock");
    REQUIRE(sys.run_until_idle());
  }

  /// What is published under that name at b.
  caf::actor at(const text& name, std::uint32_t lifetime_ms = 1'000) {
    return caf::actor_cast<caf::actor>(make_remote_actor(
      a.node(), uut, {addressee::published, name, 0, {}, 0, {}, lifetime_ms}));
  }

  void connect() {
    tell(link_made{peer, ++connection});
  }

  template <class Event>
  void tell(Event x) {
    caf::anon_send(uut, std::move(x));
    REQUIRE(sys.run_until_idle());
  }

  /// Sends `what` on the bill of `payer`, so many times.
  template <class T>
  void send_for(const resource_container_ptr& payer, const T& what,
                std::size_t times = 1) {
    while (times > 0) {
      // No more than may be staged.
      auto now = std::min<std::size_t>(times, 500);
      sys.on_worker(0, [&](worker& here) {
        worker::behalf turn{here, *payer};
        for (std::size_t i = 0; i < now; ++i)
          caf::anon_send(clock, what);
      });
      times -= now;
    }
    REQUIRE(sys.run_until_idle());
  }

  resource_container_ptr make_payer(const text& name) {
    return sys.resources().make(sys.resources().root(), name);
  }

  void arrive(std::vector<parcel> parcels) {
    hand_over(a.node(), peer, connection, uut, std::move(parcels));
    REQUIRE(sys.run_until_idle());
  }

  template <class... Ts>
  text serialized(Ts... xs) {
    std::vector<char> result;
    caf::binary_serializer sink{sys.actors(), result};
    auto content = caf::make_message(std::move(xs)...);
    CHECK_FALSE(sink(content));
    return {result.begin(), result.end()};
  }

  /// A request of actor 77 of the other node, to what is published.
  parcel request(const text& name, number x) {
    return {addressee::published,
            name,
            0,
            77,
            caf::make_message_id(5).integer_value(),
            "gold",
            1'000,
            serialized(x)};
  }

  log_capture log;
  /// Whom all that is told to the broker is about.
  caf::node_id peer = id_of(2);
  std::uint64_t connection = 0;
  std::vector<parcel> sent;
  std::vector<parcels_handled> receipts;
  std::vector<text> cuts;
  sim_system sys;
  sim_node a{sys, "a", {"b"}};
  caf::actor broker;
  caf::actor uut;
  caf::actor clock;
};

TEST_CASE_FIXTURE(one_end, "Without a connection requests are bounced.") {
  CHECK(*ask<text>(sys, clock, text{"hi"}) == "node_lost: b");
  auto gold = make_payer("gold");
  send_for(gold, text{"hi"}, 3);
  CHECK(sys.usage(*gold).drops == 3);
  CHECK(log.has("parcel_dropped"));
  CHECK(log.has("reason=node_lost"));
  CHECK(log.has("resource_container=/gold"));
  CHECK(sent.empty());
}

TEST_CASE_FIXTURE(one_end, "With one they go there, on the sender's bill.") {
  connect();
  auto gold = make_payer("gold");
  send_for(gold, number{42});
  REQUIRE(sent.size() == 1);
  auto& x = sent[0];
  CHECK(x.kind == addressee::published);
  CHECK(x.name == "clock");
  CHECK(x.sender == 0);
  CHECK(x.payer == "gold");
  CHECK(x.remaining_ms > 900);
  CHECK(x.remaining_ms <= 1'000);
  CHECK(x.content == serialized(number{42}));
  CHECK(sys.usage(*gold).drops == 0);
}

TEST_CASE_FIXTURE(one_end, "One message goes to several as it was then.") {
  connect();
  auto calendar = at("calendar");
  auto gold = make_payer("gold");
  sys.on_worker(0, [&](worker& here) {
    worker::behalf turn{here, *gold};
    auto what = caf::make_message(number{42});
    caf::anon_send(clock, what);
    caf::anon_send(calendar, what);
    what.get_mutable_as<number>(0) = 43;
    caf::anon_send(clock, what);
    caf::anon_send(calendar, what);
  });
  REQUIRE(sys.run_until_idle());
  std::map<text, std::vector<text>> by_name;
  for (auto& x : sent)
    by_name[x.name].push_back(x.content);
  std::vector<text> both{serialized(number{42}), serialized(number{43})};
  CHECK(by_name["clock"] == both);
  CHECK(by_name["calendar"] == both);
}

TEST_CASE_FIXTURE(one_end, "A request is answered with what comes back.") {
  connect();
  auto answered = ask<text>(sys, clock, text{"hi"});
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].sender != 0);
  auto id = caf::message_id{sent[0].message_id};
  REQUIRE(id.is_request());
  parcel back;
  back.actor = sent[0].sender;
  back.message_id = id.response_id().integer_value();
  back.remaining_ms = 1'000;
  back.content = serialized(text{"hello"});
  // Not for somebody else.
  ++back.actor;
  arrive({back});
  CHECK(*answered == "");
  --back.actor;
  arrive({back});
  CHECK(*answered == "hello");
  // A second one is for nobody.
  arrive({back});
  CHECK(cuts.empty());
}

TEST_CASE_FIXTURE(one_end, "A request without an answer ends in time.") {
  connect();
  auto answered = ask<text>(sys, clock, text{"hi"});
  sys.advance(900);
  CHECK(*answered == "");
  sys.advance(100 + limits::beat_ms);
  CHECK(*answered == "too_late: b");
}

TEST_CASE_FIXTURE(one_end, "When the link is lost, so are its requests.") {
  connect();
  auto first = ask<text>(sys, clock, text{"hi"});
  auto second = ask<text>(sys, clock, text{"hi"});
  tell(link_lost{connection});
  CHECK(*first == "node_lost: b");
  CHECK(*second == "node_lost: b");
  CHECK(*ask<text>(sys, clock, text{"hi"}) == "node_lost: b");
  connect();
  CHECK(*ask<text>(sys, clock, text{"hi"}) == "");
  CHECK(sent.size() == 3);
}

TEST_CASE_FIXTURE(one_end, "So much of one payer waits, and no more.") {
  connect();
  auto gold = make_payer("gold");
  constexpr auto all = limits::parcels_under_way_max
                       + limits::parcels_waiting_max;
  send_for(gold, number{1}, all);
  CHECK(sent.size() == limits::parcels_under_way_max);
  CHECK(sys.usage(*gold).drops == 0);
  send_for(gold, number{1}, 2);
  CHECK(sys.usage(*gold).drops == 2);
  CHECK(log.has("reason=link_full"));
  // Others go on.
  auto silver = make_payer("silver");
  send_for(silver, number{2});
  CHECK(sent.back().payer == "silver");
  CHECK(sys.usage(*silver).drops == 0);
  // What is handled there makes room.
  auto before = sent.size();
  tell(credit_returned{{{"gold", 10, 10 * sent[0].bytes()}}, true});
  CHECK(sent.size() == before + 10);
  CHECK(sent.back().payer == "gold");
}

TEST_CASE_FIXTURE(one_end, "A full link answers requests.") {
  connect();
  auto payer = sys.resources().application();
  constexpr auto all = limits::parcels_under_way_max
                       + limits::parcels_waiting_max;
  send_for(payer, number{1}, all);
  CHECK(*ask<text>(sys, clock, text{"hi"}) == "link_full: b");
}

TEST_CASE_FIXTURE(one_end, "So many requests of one payer are under way.") {
  connect();
  std::map<text, int> ends;
  auto asker = spawn_plain(
    sys.actors(), [&](caf::event_based_actor* self) -> caf::behavior {
      return {[&, self](number times) {
        for (number i = 0; i < times; ++i)
          self->request(clock, caf::infinite, text{"hi"})
            .then([](const text&) {},
                  [&](const caf::error& x) { ++ends[describe(x)]; });
      }};
    });
  constexpr number step = limits::parcels_under_way_max;
  constexpr number all = limits::payer_requests_under_way_max;
  for (number i = 0; i < all; i += step) {
    caf::anon_send(asker, step);
    tell(credit_returned{{{"application", UINT32_MAX, UINT64_MAX}}, true});
  }
  CHECK(ends.empty());
  CHECK(sent.size() == all);
  caf::anon_send(asker, number{2});
  REQUIRE(sys.run_until_idle());
  CHECK(ends == std::map<text, int>{{"link_full: b", 2}});
  sys.advance(1'000 + limits::beat_ms);
  CHECK(ends["too_late: b"] == all);
  CHECK(*ask<text>(sys, clock, text{"hi"}) == "");
}

TEST_CASE_FIXTURE(one_end, "So does a full stage.") {
  connect();
  CHECK(*ask<text>(sys, clock, text{"hi"}, limits::staged_messages_max - 1)
        == "");
  tell(link_lost{connection});
  CHECK(*ask<text>(sys, clock, text{"hi"}, limits::staged_messages_max)
        == "stage_full: staged_messages_max of /application");
}

TEST_CASE_FIXTURE(one_end, "A request to a link that has ended is answered.") {
  connect();
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  REQUIRE(sys.run_until_idle());
  CHECK(*ask<text>(sys, clock, text{"hi"}) == "request_receiver_down");
}

TEST_CASE_FIXTURE(one_end, "What waits too long is dropped.") {
  connect();
  auto gold = make_payer("gold");
  send_for(gold, number{1}, limits::parcels_under_way_max + 5);
  sys.advance(1'100);
  tell(credit_returned{{{"gold", UINT32_MAX, UINT64_MAX}}, true});
  CHECK(sent.size() == limits::parcels_under_way_max);
  CHECK(sys.usage(*gold).drops == 5);
  CHECK(log.has("resource_container=/gold reason=too_late"));
}

TEST_CASE_FIXTURE(one_end, "What waited for a link that is lost is dropped.") {
  connect();
  auto gold = make_payer("gold");
  send_for(gold, number{1}, limits::parcels_under_way_max + 5);
  tell(link_lost{connection});
  CHECK(sys.usage(*gold).drops == 5);
  CHECK(log.has("resource_container=/gold reason=node_lost"));
  connect();
  CHECK(sent.size() == limits::parcels_under_way_max);
  send_for(gold, number{1});
  CHECK(sent.size() == limits::parcels_under_way_max + 1);
}

TEST_CASE_FIXTURE(one_end, "A message that is too large is refused.") {
  connect();
  auto spare = serialized(text{}).size() + 8;
  CHECK(*ask<text>(sys, clock, text(limits::parcel_bytes_max - spare, 'x'))
        == "");
  CHECK(sent.size() == 1);
  CHECK(*ask<text>(sys, clock, text(limits::parcel_bytes_max, 'x'))
        == "unencodable_frame: b");
  CHECK(sent.size() == 1);
}

TEST_CASE_FIXTURE(one_end, "A type that nobody has registered is refused.") {
  connect();
  auto gold = make_payer("gold");
  send_for(gold, unheard_of{});
  CHECK(sent.empty());
  CHECK(sys.usage(*gold).drops == 1);
  CHECK(log.has("reason=unencodable_frame"));
  send_for(gold, number{1});
  CHECK(sent.size() == 1);
}

TEST_CASE_FIXTURE(one_end, "What the other node would not take stays here.") {
  connect();
  text longest(limits::actor_name_bytes_max, 'x');
  ask<text>(sys, at(longest), text{"hi"});
  CHECK(sent.size() == 1);
  CHECK(*ask<text>(sys, at(longest + 'x'), text{"hi"})
        == "unencodable_frame: b");
  CHECK(sent.size() == 1);
  ask<text>(sys, at("clock", UINT32_MAX), text{"hi"});
  REQUIRE(sent.size() == 2);
  for (auto& x : sent)
    CHECK(violation_of(x) == nullptr);
}

TEST_CASE_FIXTURE(one_end, "What comes goes to what is published, and back.") {
  connect();
  std::vector<number> seen;
  a.node()->published["room"] = spawn_plain(sys.actors(),
                                            [&](auto*) -> caf::behavior {
                                              return {[&](number x) {
                                                seen.push_back(x);
                                                return x + 1;
                                              }};
                                            });
  auto x = request("room", 41);
  auto bytes = x.bytes();
  arrive({x, x});
  CHECK(seen == std::vector<number>{41, 41});
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].kind == addressee::actor);
  CHECK(sent[0].actor == 77);
  CHECK(sent[0].message_id
        == caf::message_id{x.message_id}.response_id().integer_value());
  CHECK(sent[0].content == serialized(number{42}));
  // They are paid for by who has asked, and credit goes back, a little later.
  CHECK(receipts.empty());
  sys.advance(2 * limits::beat_ms);
  REQUIRE(receipts.size() == 1);
  CHECK(receipts[0].payer == "gold");
  CHECK(receipts[0].parcels == 2);
  CHECK(receipts[0].bytes == 2 * bytes);
  CHECK(sys.usage(*sys.find("gold")).cpu_ns > 0);
}

TEST_CASE_FIXTURE(one_end, "Who is not there does not answer, but the link.") {
  connect();
  auto x = request("nobody", 1);
  arrive({x});
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].actor == 77);
  CHECK(sent[0].content
        == serialized(make_error(errc::unknown_name, "nobody")));
  x.kind = addressee::actor;
  x.actor = 4'711;
  arrive({x});
  CHECK(sent.size() == 2);
  // Nobody waits for that.
  x.message_id = caf::make_message_id().integer_value();
  arrive({x});
  CHECK(sent.size() == 2);
  sys.advance(2 * limits::beat_ms);
  REQUIRE(receipts.size() == 1);
  CHECK(receipts[0].parcels == 3);
  CHECK(sys.usage(*sys.find("gold")).drops == 3);
}

TEST_CASE_FIXTURE(one_end,
                  "What a process has sent that was replaced is lost.") {
  std::vector<number> seen;
  connect();
  auto x = request("nobody", 1);
  x.message_id = caf::make_message_id().integer_value();
  tell(link_lost{connection});
  arrive({x});
  CHECK(sys.usage(*sys.find("gold")).drops == 1);
  connect();
  a.node()->published["room"]
    = spawn_plain(sys.actors(), [&](auto*) -> caf::behavior {
        return {[&](number y) { seen.push_back(y); }};
      });
  x.name = "room";
  auto arrive_by_first = [&] {
    hand_over(a.node(), peer, 1, uut, {x});
    REQUIRE(sys.run_until_idle());
  };
  arrive_by_first();
  CHECK(seen.empty());
  CHECK(sys.usage(*sys.find("gold")).drops == 2);
  arrive({x});
  CHECK(seen.size() == 1);
  tell(link_lost{connection});
  connect();
  arrive_by_first();
  tell(link_lost{connection});
  arrive_by_first();
  CHECK(seen.size() == 1);
  CHECK(sys.usage(*sys.find("gold")).drops == 4);
}

TEST_CASE_FIXTURE(one_end, "Parcels may come before the word of their node.") {
  connect();
  a.node()->published["room"]
    = spawn_plain(sys.actors(), [&](auto*) -> caf::behavior {
        return {[](number y) { return y + 1; }};
      });
  auto asked = ask<text>(sys, clock, text{"hi"});
  sent.clear();
  ++connection;
  arrive({request("room", 41)});
  // By another connection than what was asked.
  CHECK(*asked == "node_lost: b");
  CHECK(sent.empty());
  // This, too, may come late.
  tell(link_lost{connection - 1});
  tell(link_made{peer, connection});
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].actor == 77);
  CHECK(sent[0].content == serialized(number{42}));
  // Nothing waits for a connection that was never made.
  tell(link_lost{connection});
  ++connection;
  arrive({request("room", 41)});
  tell(link_lost{connection});
  CHECK(*ask<text>(sys, clock, text{"hi"}) == "node_lost: b");
}

TEST_CASE_FIXTURE(one_end, "So may those that end its connection.") {
  auto x = request("room", 1);
  x.content = "nonsense";
  connect();
  tell(link_lost{connection});
  ++connection;
  arrive({x});
  CHECK(cuts.size() == 1);
}

TEST_CASE_FIXTURE(one_end, "Credit goes back for what was dropped, too.") {
  connect();
  std::vector<parcel> parcels{request("room", 1)};
  auto bytes = parcels[0].bytes();
  make_arrival(uut, peer, connection, *a.node(), std::move(parcels));
  sys.advance(2 * limits::beat_ms);
  REQUIRE(receipts.size() == 1);
  CHECK(receipts[0].parcels == 1);
  CHECK(receipts[0].bytes == bytes);
}

TEST_CASE_FIXTURE(one_end, "A message of no known type ends the connection.") {
  connect();
  auto x = request("room", 1);
  auto good = x.content;
  for (auto& bad : {text{}, text{"nonsense"}, good + 'x',
                    good.substr(0, good.size() - 1)}) {
    cuts.clear();
    x.content = bad;
    CAPTURE(bad.size());
    arrive({x});
    CHECK(cuts == std::vector<text>{"a message of no type that is known here"});
  }
}

// -- both ends ----------------------------------------------------------------

/// Nodes a and b and the link between them, as if all was one machine.
struct both_ends {
  both_ends() {
    connect(a, b);
    connect(b, a);
    for (auto* x : {&a, &b}) {
      x->see({"a", "b"});
      caf::anon_send(link_of(*x), link_made{id_of(1), 1});
    }
    b.node()->published["clock"]
      = spawn_shared(sys.actors(), [this](shared_actor* self) -> caf::behavior {
          return {[this](number x) {
                    sys.world().burn(100'000);
                    seen.push_back(x);
                    return x + 1;
                  },
                  [this, self](const text& x) {
                    asker = caf::actor_cast<caf::actor>(self->current_sender());
                    return x;
                  }};
        });
    b.node()->kinds["room"] = [this](const ownership& x) {
      return spawn_plain(
        sys.actors(), [name = x.name()](auto*) -> caf::behavior {
          return {[=](const text& y) { return name + ' ' + y; }};
        });
    };
    REQUIRE(sys.run_until_idle());
  }

  ~both_ends() {
    asker = nullptr;
  }

  caf::actor& link_of(sim_node& x) {
    return x.node()->links.begin()->second;
  }

  /// Makes the link from `x` to `y`, whose frames go there at once.
  void connect(sim_node& x, sim_node& y) {
    auto broker = spawn_plain(sys.actors(), [this, &y](auto*) -> caf::behavior {
      return {[this, &y](send_frame& frame) {
        if (is_stuck)
          return;
        if (frame.what.match_elements<node_receipts>())
          return caf::anon_send(
            link_of(y), credit_returned{
                          frame.what.get_as<node_receipts>(0).receipts, true});
        std::map<text, std::vector<parcel>> by_payer;
        for (auto& z : frame.what.get_as<node_parcels>(0).parcels)
          by_payer[z.payer].push_back(z);
        for (auto& [payer, z] : by_payer)
          hand_over(y.node(), id_of(1), 1, link_of(y), std::move(z));
      }};
    });
    auto& peer = y.node()->self().name;
    x.node()->links[peer] = spawn_link(x.node(), peer, broker);
  }

  /// What is published under that name at b.
  caf::actor at_b(const text& name) {
    return caf::actor_cast<caf::actor>(make_remote_actor(
      a.node(), link_of(a), {addressee::published, name, 0, {}, 0, {}, 1'000}));
  }

  log_capture log;
  std::vector<number> seen;
  caf::actor asker;
  bool is_stuck = false;
  sim_system sys;
  sim_node a{sys, "a", {"b"}};
  sim_node b{sys, "b", {"a"}};
};

TEST_CASE_FIXTURE(both_ends, "A request is answered by the other node.") {
  CHECK(*ask<number>(sys, at_b("clock"), number{41}) == "42");
}

TEST_CASE_FIXTURE(both_ends, "So is an urgent one.") {
  auto clock = at_b("clock");
  text answered;
  for (auto name : {"clock", "nobody"}) {
    spawn_plain(
      sys.actors(),
      [&, to = at_b(name)](caf::event_based_actor* self) -> caf::behavior {
        self
          ->request<caf::message_priority::high>(to, caf::infinite, number{41})
          .then([&](number x) { answered += text_of(x) + ' '; },
                [&](const caf::error& x) { answered += describe(x) + ' '; });
        return {};
      });
    REQUIRE(sys.run_until_idle());
  }
  CHECK(answered == "42 unknown_name: nobody ");
}

TEST_CASE_FIXTURE(both_ends, "Errors travel, too.") {
  CHECK(*ask<text>(sys, at_b("nobody"), text{"hi"}) == "unknown_name: nobody");
  CHECK(*ask<text>(sys, at_b("clock"), 1.5) == "unexpected_message");
}

TEST_CASE_FIXTURE(both_ends, "Messages of one sender arrive in order, once.") {
  auto clock = at_b("clock");
  std::vector<number> expected;
  std::vector<number> answers;
  spawn_plain(sys.actors(), [&](caf::event_based_actor* self) -> caf::behavior {
    for (number i = 0; i < 1'000; ++i) {
      self->request(clock, caf::infinite, i).then([&](number x) {
        answers.push_back(x - 1);
      });
      expected.push_back(i);
    }
    return {};
  });
  REQUIRE(sys.run_until_idle());
  sys.advance(limits::beat_ms);
  CHECK(seen == expected);
  CHECK(answers == expected);
}

TEST_CASE_FIXTURE(both_ends, "A name is served by the node that owns it.") {
  auto name = a.name_of("b", {"a", "b"});
  auto room = make_owned_actor(a.node(), name, 1'000);
  CHECK(*ask<text>(sys, room, text{"hi"}) == name + " hi");
}

TEST_CASE_FIXTURE(both_ends, "Nodes of different views say so.") {
  auto name = a.name_of("b", {"a", "b"});
  auto room = make_owned_actor(a.node(), name, 1'000);
  b.see({"a"});
  CHECK(*ask<text>(sys, room, text{"hi"}) == "not_owner: a");
  b.see({"a", "b"}, {}, false);
  CHECK(*ask<text>(sys, room, text{"hi"}) == "no_quorum");
}

TEST_CASE_FIXTURE(both_ends, "A sender is known to the other node later on.") {
  std::vector<text> got;
  auto self = spawn_plain(sys.actors(),
                          [&](caf::event_based_actor*) -> caf::behavior {
                            return {[&](const text& x) { got.push_back(x); }};
                          });
  caf::send_as(self, at_b("clock"), text{"it is me"});
  REQUIRE(sys.run_until_idle());
  REQUIRE(asker != nullptr);
  caf::anon_send(asker, text{"later"});
  REQUIRE(sys.run_until_idle());
  // What its handler has returned has come before.
  CHECK(got == std::vector<text>{"it is me", "later"});
  // Until it ends.
  caf::anon_send_exit(self, caf::exit_reason::user_shutdown);
  REQUIRE(sys.run_until_idle());
  CHECK(*ask<text>(sys, asker, text{"still there?"}) == "unknown_name");
}

TEST_CASE_FIXTURE(both_ends, "A sender is lost with the link.") {
  ask<text>(sys, at_b("clock"), text{"it is me"});
  REQUIRE(asker != nullptr);
  caf::anon_send(link_of(b), link_lost{1});
  REQUIRE(sys.run_until_idle());
  CHECK(*ask<text>(sys, asker, text{"hi"}) == "node_lost");
}

TEST_CASE_FIXTURE(both_ends, "Who asks pays on the other node, too.") {
  CHECK(*ask<number>(sys, at_b("clock"), number{41}) == "42");
  sys.usage();
  std::uint64_t most_ns = 0;
  sys.resources().for_each([&](resource_container& x) {
    if (x.path() == "/remote/application")
      most_ns = std::max(most_ns, x.usage().cpu_ns);
  });
  CHECK(most_ns >= 100'000);
}

TEST_CASE_FIXTURE(both_ends, "A wire that is stuck is noticed in time.") {
  is_stuck = true;
  auto answered = ask<number>(sys, at_b("clock"), number{41});
  sys.advance(1'000 + limits::beat_ms);
  CHECK(*answered == "too_late: b");
  CHECK(seen.empty());
}

} // namespace
