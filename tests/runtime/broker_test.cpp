#include "troupe/runtime/broker.hpp"

#include <memory>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/runtime/recorder.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

struct fixture {
  fixture() {
    tenant = sys.resources().make(sys.resources().root(), "tenant");
    at = listen(sys.at(0), new recording_factory{all}, tenant);
  }

  ~fixture() {
    for (auto& x : all)
      x->io = nullptr;
  }

  sim_peer connect() {
    auto result = sys.world().connect(at);
    REQUIRE(sys.run_until_idle());
    return result;
  }

  log_capture log{log_level::debug};
  std::vector<std::unique_ptr<record>> all;
  sim_system sys{2};
  resource_container_ptr tenant;
  endpoint at;
};

TEST_CASE_FIXTURE(fixture, "An identity is one connection's for ever.") {
  std::set<std::uint64_t> ids;
  for (std::size_t i = 0; i < sys.parent().workers(); ++i)
    for (auto n = 0; n < 100; ++n)
      CHECK(ids.insert(sys.at(i).sockets_owner().next_id().value).second);
  connect();
  CHECK(ids.insert(all[0]->io->id().value).second);
}

TEST_CASE_FIXTURE(fixture, "Each worker knows its own connections.") {
  for (auto i = 0; i < 4; ++i)
    connect();
  CHECK(sys.at(0).sockets_owner().connections() == 2);
  CHECK(sys.at(1).sockets_owner().connections() == 2);
  for (auto& x : all)
    CHECK(&x->io->home().sockets_owner()
          == &sys.at(x->io->home().index()).sockets_owner());
}

TEST_CASE_FIXTURE(fixture, "An event for somebody gone is ignored.") {
  auto peer = connect();
  auto& home = all[0]->io->home();
  auto token = all[0]->io->id().value;
  peer.send("text");
  home.sockets_owner().dispatch({{token, readiness::readable},
                                 {token, readiness::writable},
                                 {123'456'789, readiness::readable}});
  all[0]->io->abort(make_error(errc::draining));
  home.sockets_owner().dispatch(
    {{token, readiness::readable}, {token, readiness::writable}});
  REQUIRE(sys.run_until_idle());
  CHECK(all[0]->received == "");
  CHECK(home.sockets_owner().connections() == 0);
}

TEST_CASE_FIXTURE(fixture, "Draining ends connections and refuses new ones.") {
  auto served = connect();
  served.send("text");
  connect();
  sys.drain();
  CHECK(all[0]->received == "text");
  CHECK(all[0]->ends == std::vector<std::string>{"draining"});
  CHECK(all[1]->ends == std::vector<std::string>{"draining"});
  CHECK(sys.world().connect(at).is_reset());
  for (auto& x : all)
    x->io->close({});
  REQUIRE(sys.run_until_idle());
  CHECK(sys.usage().connections == 0);
  CHECK(sys.world().open_sockets() == 0);
}

TEST_CASE_FIXTURE(fixture,
                  "A connection on its way while draining is refused.") {
  // Accepted by worker 0 for worker 1, which drains before it has arrived.
  while (tenant->next_place() % 2 == 0)
    ; // nop
  connect();
  auto second = sys.world().connect(at);
  sys.at(1).sockets_owner().drain();
  REQUIRE(sys.run_until_idle());
  CHECK((second.is_ended() || second.is_reset()));
  CHECK(sys.at(1).sockets_owner().connections() == 0);
  CHECK(sys.usage(*tenant).connections == 1);
  CHECK(sys.world().open_sockets() == 2);
}

TEST_CASE_FIXTURE(fixture, "Aborting ends all connections with one reason.") {
  connect();
  connect();
  for (std::size_t i = 0; i < 2; ++i)
    sys.at(i).sockets_owner().abort_all(make_error(errc::drain_deadline));
  REQUIRE(sys.run_until_idle());
  for (auto& x : all)
    CHECK(x->ends == std::vector<std::string>{"drain_deadline"});
  CHECK(log.count("reason=drain_deadline") == 2);
  CHECK(sys.usage().connections == 0);
}

TEST_CASE_FIXTURE(fixture, "Connecting while draining fails at once.") {
  sys.drain();
  record outgoing;
  auto payer = sys.resources().make(sys.resources().outgoing(), "x");
  payer->open_connection(0);
  outgoing.io = new connection_io(sys.at(0),
                                  sys.at(0).sockets_owner().next_id(),
                                  loopback(7), payer, {});
  attach_recorder(outgoing);
  sys.at(0).sockets_owner().connect(outgoing.io, {});
  REQUIRE(sys.run_until_idle());
  CHECK(outgoing.ends == std::vector<std::string>{"draining"});
  CHECK(sys.usage().connections == 0);
  outgoing.io = nullptr;
}

TEST_CASE_FIXTURE(fixture, "An address that is taken is an error.") {
  auto* spec = new listener_spec;
  listener_spec_ptr owned{spec};
  spec->parent = tenant;
  auto address = at;
  auto error = sys.at(1).sockets_owner().listen(address, owned);
  CHECK(is(error, errc::socket_failed));
  CHECK(describe(error).find(to_string(at)) != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "Accepting and polling are paid by the system.") {
  auto cpu = [&](const resource_container_ptr& x) {
    return sys.usage(*x).cpu_ns;
  };
  auto accepting = cpu(sys.resources().accepting());
  auto polling = cpu(sys.resources().polling());
  connect();
  CHECK(cpu(sys.resources().accepting()) > accepting);
  CHECK(cpu(sys.resources().polling()) > polling);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
}

} // namespace
