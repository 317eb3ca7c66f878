#include "troupe/runtime/acceptor.hpp"

#include <memory>
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
    resource_attributes attributes;
    attributes.connections_max = 100;
    tenant = sys.resources().make(sys.resources().root(), "tenant", attributes);
    at = listen(sys.at(0), new recording_factory{all}, tenant);
  }

  ~fixture() {
    for (auto& x : all)
      x->io = nullptr;
  }

  void flood(int count) {
    for (auto i = 0; i < count; ++i)
      peers.push_back(sys.world().connect(at));
  }

  log_capture log;
  std::vector<std::unique_ptr<record>> all;
  std::vector<sim_peer> peers;
  sim_system sys;
  resource_container_ptr tenant;
  endpoint at;
};

TEST_CASE_FIXTURE(fixture, "A flood of connections is taken a few at a time.") {
  flood(90);
  std::size_t most = 0;
  for (auto before = all.size(); all.size() < 90; before = all.size()) {
    sys.run_round();
    most = std::max(most, all.size() - before);
  }
  CHECK(most == limits::accepts_per_turn_max);
}

TEST_CASE_FIXTURE(fixture, "Out of descriptors, it tries ten times a second.") {
  std::uint64_t attempts = 0;
  flood(1);
  for (auto i = 0; i < 10; ++i) {
    auto before = sys.world().operations();
    sys.world().fail_operation(0, io_status::exhausted);
    sys.advance(100);
    attempts += sys.world().operations() - before;
  }
  CHECK(attempts <= 11);
  CHECK(log.count("accepting_paused") >= 9);
  CHECK(log.has("resource_container=/tenant"));
  CHECK(log.has("pause_ms=100"));
  CHECK(all.empty());
  sys.advance(200);
  CHECK(all.size() == 1);
}

TEST_CASE_FIXTURE(fixture, "A connection that fails does not hold up others.") {
  flood(5);
  sys.world().fail_operation(1);
  REQUIRE(sys.run_until_idle());
  CHECK(all.size() == 4);
  CHECK(sys.usage(*tenant).connections == 4);
}

TEST_CASE_FIXTURE(fixture, "A socket that cannot be adopted is not counted.") {
  flood(1);
  sys.world().fail_operation(1);
  REQUIRE(sys.run_until_idle());
  CHECK(sys.world().failed_operation() == "adopt");
  CHECK(all.empty());
  CHECK(log.has("connection_refused"));
  CHECK(log.has(to_string(peers[0].address())));
  CHECK(sys.usage(*tenant).connections == 0);
  CHECK(sys.world().open_sockets() == 1);
}

TEST_CASE_FIXTURE(fixture,
                  "Over the bound, connections are refused and logged.") {
  flood(150);
  REQUIRE(sys.run_until_idle());
  CHECK(all.size() == 100);
  CHECK(log.count("connection_refused") == 50);
  CHECK(log.has("limit=100"));
  CHECK(sys.usage(*tenant).drops == 50);
  CHECK(sys.world().open_sockets() == 101);
}

TEST_CASE_FIXTURE(fixture,
                  "A listener can close while it pauses or has work.") {
  flood(3);
  sys.world().fail_operation(0, io_status::exhausted);
  REQUIRE(sys.run_until_idle());
  CHECK(log.has("accepting_paused"));
  sys.at(0).sockets_owner().drain();
  sys.advance(500);
  CHECK(all.empty());
  for (auto& x : peers)
    CHECK(x.is_reset());
  CHECK(sys.world().open_sockets() == 0);
}

TEST_CASE_FIXTURE(fixture, "A stop with connections in the backlog is clean.") {
  flood(3);
  sys.run_round();
  for (auto& x : all)
    x->io = nullptr;
  tenant = nullptr;
  sys.stop();
  CHECK(sys.world().open_sockets() == 0);
}

} // namespace
