#include "troupe/cluster/actor_exports.hpp"

#include <memory>

#include "caf/actor_cast.hpp"
#include "caf/send.hpp"

#include <doctest/doctest.h>

#include "troupe/tests/support/plain_actor.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

struct fixture {
  caf::strong_actor_ptr spawn() {
    return caf::actor_cast<caf::strong_actor_ptr>(spawn_plain(
      sys.actors(), [](auto*) -> caf::behavior { return {[](int) {}}; }));
  }

  void end(const caf::strong_actor_ptr& who) {
    caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
    REQUIRE(sys.run_until_idle());
  }

  sim_system sys;
  std::unique_ptr<actor_exports> uut = std::make_unique<actor_exports>();
};

TEST_CASE_FIXTURE(fixture, "A number leads to its actor.") {
  auto a = spawn();
  auto b = spawn();
  auto number = uut->add(a);
  CHECK(number != 0);
  CHECK(uut->add(a) == number);
  CHECK(uut->add(b) != number);
  CHECK(uut->find(number) == a);
  CHECK(uut->find(uut->add(b)) == b);
}

TEST_CASE_FIXTURE(fixture, "A number that was not given out leads nowhere.") {
  auto a = spawn();
  CHECK(uut->find(a->id()) == nullptr);
  CHECK(uut->find(0) == nullptr);
  CHECK(uut->find(uut->add(a) + 1) == nullptr);
}

TEST_CASE_FIXTURE(fixture, "An actor that has ended is not found.") {
  auto a = spawn();
  auto b = spawn();
  auto number = uut->add(a);
  uut->add(b);
  end(a);
  CHECK(uut->find(number) == nullptr);
  CHECK(uut->find(b->id()) == b);
}

TEST_CASE_FIXTURE(fixture, "Nor is one that had ended before.") {
  auto a = spawn();
  end(a);
  CHECK(uut->find(uut->add(a)) == nullptr);
}

TEST_CASE_FIXTURE(fixture, "Actors may live longer.") {
  auto a = spawn();
  uut->add(a);
  uut = nullptr;
  end(a);
}

} // namespace
