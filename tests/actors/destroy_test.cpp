// Destroying a resource container: all it has goes at once, and nothing else.

#include "troupe/runtime/resource_container.hpp"

#include <map>
#include <random>

#include "caf/send.hpp"

#include <doctest/doctest.h>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/tests/support/line_server.hpp"
#include "troupe/tests/support/seed.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

/// Takes 1 ms for each message and counts who has sent it.
class counter final : public shared_actor {
public:
  counter(caf::actor_config& config, sim_world& world,
          std::map<std::string, std::size_t>& counts)
    : shared_actor(config), world_(world), counts_(counts) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {[this](const std::string& from) {
      world_.burn(1'000'000);
      ++counts_[from];
    }};
  }

private:
  sim_world& world_;
  std::map<std::string, std::size_t>& counts_;
};

struct fixture : line_server {
  resource_container_ptr make(const char* name,
                              const resource_attributes& how = {}) {
    return sys.resources().make(sys.resources().root(), name, how);
  }
};

TEST_CASE_FIXTURE(fixture, "What is destroyed is cut, and nobody else.") {
  auto doomed = make("doomed");
  auto other = make("other");
  auto at = serve_for(doomed, echo<line_codec>());
  auto beside = serve_for(other, echo<line_codec>());
  sim_peer lost[] = {connect(at), connect(at), connect(at)};
  auto kept = connect(beside);
  lost[0].send("half a line");
  CHECK(ask(kept, "one\n") == "one\n");
  doomed->destroy("a test");
  REQUIRE(sys.run_until_idle());
  for (auto& x : lost)
    CHECK(x.is_ended());
  CHECK(ended == endings(3, "destroyed: a test"));
  CHECK(log.has("warning resource_container_destroyed"));
  CHECK(ask(kept, "two\n") == "two\n");
  auto used = sys.usage(*doomed);
  CHECK(used.connections == 0);
  CHECK(used.memory_bytes == 0);
  CHECK(connect(at).is_ended());
  CHECK(log.has("reason=destroyed"));
  CHECK(sys.usage(*other).connections == 1);
}

TEST_CASE_FIXTURE(fixture, "What it has staged is dropped.") {
  std::map<std::string, std::size_t> counts;
  auto shared = sys.actors().spawn<counter>(std::ref(sys.world()),
                                            std::ref(counts));
  auto telling = [&](const char* name) {
    return [=](line_connection* self) -> behavior {
      return {[=](line&) { self->send(shared, std::string{name}); }};
    };
  };
  auto doomed = make("doomed");
  auto other = make("other");
  auto one = connect(serve_for(doomed, telling("doomed")));
  auto two = connect(serve_for(other, telling("other")));
  one.send(std::string(100, '\n'));
  two.send(std::string(100, '\n'));
  sys.run_for(50'000'000);
  CHECK(counts["doomed"] > 0);
  auto before = counts["doomed"];
  doomed->destroy("a test");
  REQUIRE(sys.run_until_idle());
  // One may have been under way on each side.
  CHECK(counts["doomed"] <= before + 2);
  CHECK(counts["other"] == 100);
  CHECK(sys.usage(*doomed).queued_messages == 0);
  CHECK(sys.usage(*doomed).memory_bytes == 0);
}

TEST_CASE_FIXTURE(fixture, "Limits do not hold up the end.") {
  auto doomed = make("doomed");
  auto peer = connect(serve_for(doomed, echo<line_codec>()));
  SUBCASE("frozen") {
    doomed->freeze();
  }
  SUBCASE("capped to nothing") {
    doomed->cpu_max(0);
  }
  peer.send("one\n");
  sys.run_for(10'000'000);
  CHECK(peer.take_received().empty());
  doomed->destroy("a test");
  REQUIRE(sys.run_until_idle());
  CHECK((peer.is_ended() || peer.is_reset()));
  CHECK(ended == endings{"destroyed: a test"});
}

TEST_CASE_FIXTURE(fixture, "Nor do those of what is below.") {
  auto doomed = make("doomed");
  auto below = sys.resources().make(doomed, "below");
  auto peer = connect(serve_for(below, echo<line_codec>()));
  below->freeze();
  sys.run_for(1'000'000);
  doomed->destroy("a test");
  REQUIRE(sys.run_until_idle());
  CHECK((peer.is_ended() || peer.is_reset()));
  CHECK(ended == endings{"destroyed: a test"});
}

TEST_CASE_FIXTURE(fixture, "Who founded a shared actor may go.") {
  std::map<std::string, std::size_t> counts;
  caf::actor shared;
  auto doomed = make("doomed");
  auto at = serve_for(doomed, [&](line_connection*) -> behavior {
    shared = sys.actors().spawn<counter>(std::ref(sys.world()),
                                         std::ref(counts));
    return {[](line&) {}};
  });
  connect(at);
  REQUIRE(shared != nullptr);
  auto down = 0;
  shared->attach_functor([&] { ++down; });
  doomed->destroy("a test");
  REQUIRE(sys.run_until_idle());
  auto other = connect(serve_for(make("other"), [&](line_connection* self) {
    return behavior{[=](line&) { self->send(shared, "other"); }};
  }));
  other.send("one\ntwo\n");
  REQUIRE(sys.run_until_idle());
  CHECK(counts["other"] == 2);
  CHECK(down == 0);
  caf::anon_send_exit(shared, caf::exit_reason::user_shutdown);
  REQUIRE(sys.run_until_idle());
  CHECK(down == 1);
  shared = nullptr;
}

TEST_CASE_FIXTURE(fixture, "Killed at random points, they leave nothing.") {
  std::mt19937_64 random{seed()};
  auto up_to = [&](std::size_t n) { return random() % (n + 1); };
  std::map<std::string, std::size_t> counts;
  auto shared = sys.actors().spawn<counter>(std::ref(sys.world()),
                                            std::ref(counts));
  auto kept = connect(serve_for(make("kept"), echo<line_codec>()));
  std::string sent;
  for (auto i = 0; i < 300; ++i) {
    auto before = sys.resources().snapshot().size();
    {
      auto doomed = make("doomed");
      auto at = serve_for(doomed, [=](line_connection* self) -> behavior {
        return {[=](line& x) {
          self->send(shared, x.text().empty() ? "a" : "b");
          self->write(std::move(x));
        }};
      });
      std::vector<sim_peer> peers;
      for (auto n = up_to(4); n > 0; --n) {
        peers.push_back(sys.world().connect(at));
        sys.run_for(up_to(50'000));
        peers.back().send(std::string(up_to(20), up_to(1) ? '\n' : 'x'));
      }
      kept.send("k\n");
      sent += "k\n";
      sys.run_for(up_to(3'000'000));
      doomed->destroy("at random");
      REQUIRE(sys.run_until_idle());
      for (auto& x : peers)
        CHECK((x.is_ended() || x.is_reset()));
      CHECK(sys.usage(*doomed).connections == 0);
      CHECK(sys.usage(*doomed).memory_bytes == 0);
      CHECK(sys.usage(*doomed).queued_messages == 0);
    }
    // The listener keeps the class and has a resource container of its own.
    CHECK(sys.resources().snapshot().size() == before + 2);
  }
  CHECK(kept.received() == sent);
  CHECK(sys.usage().connections == 1);
}

} // namespace
