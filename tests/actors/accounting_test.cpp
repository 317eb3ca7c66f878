#include <string>

#include <doctest/doctest.h>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/shared_function.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

/// What connections ask of a shared actor.
struct order {
  char from;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(order)

namespace {

using namespace troupe;
using namespace troupe::test;

using line_connection = connection_of<line_codec>;

constexpr std::uint64_t order_ns = 1'000'000;

struct fixture {
  explicit fixture(accounting_mode mode) : sys(1, {}, mode) {
    // nop
  }

  ~fixture() {
    sys.stop();
  }

  /// A peer whose each line is worth ten orders to one actor for all.
  sim_peer connect(const caf::actor& shared, char name, std::uint32_t shares) {
    listen_options how;
    how.name = name;
    how.resources.shares = shares;
    auto at = serve<line_codec>(
      sys,
      [=](line_connection* self) -> caf::behavior {
        return {[=](line&) {
          for (auto i = 0; i < 10; ++i)
            self->send(shared, order{name});
        }};
      },
      how);
    auto result = sys.world().connect(at);
    REQUIRE(sys.run_until_idle());
    return result;
  }

  /// Has two connections place orders: one, and before all are done another one
  /// with many more shares. Answers in which order they were done.
  std::string run_two() {
    std::string done;
    auto shared = spawn_shared(sys.actors(), [&](auto*) -> caf::behavior {
      return {[&](const order& x) {
        sys.world().burn(order_ns);
        done += x.from;
      }};
    });
    auto poor = connect(shared, 'p', 1);
    auto rich = connect(shared, 'r', 10'000);
    before_ns = sys.usage(*sys.resources().application()).cpu_ns;
    poor.send("go\n");
    for (auto i = 0; i < 100 && done.empty(); ++i)
      sys.run_round();
    rich.send("go\n");
    REQUIRE(sys.run_until_idle());
    CHECK(sys.usage().cpu_ns == sys.cpu_ns());
    return done;
  }

  /// What the application's own resource container has used since both were
  /// connected.
  std::uint64_t used_ns() {
    return sys.usage(*sys.resources().application()).cpu_ns - before_ns;
  }

  bool has_container(const std::string& name) {
    for (auto& x : sys.resources().snapshot())
      if (x.name == name)
        return true;
    return false;
  }

  log_capture log;
  sim_system sys;
  std::uint64_t before_ns = 0;
};

constexpr auto* in_order = "pppppppppprrrrrrrrrr";

TEST_CASE("With accounting everywhere a shared actor serves by shares.") {
  fixture x{accounting_mode::everywhere};
  auto done = x.run_two();
  CHECK(done.size() == 20);
  CHECK(done.find('r') < 5);
  CHECK(done.rfind('r') < 15);
  CHECK(x.used_ns() < order_ns);
}

TEST_CASE("With accounting of connections it serves who came first.") {
  fixture x{accounting_mode::connections};
  CHECK(x.run_two() == in_order);
  CHECK(x.has_container("p"));
  CHECK(x.used_ns() >= 20 * order_ns);
  CHECK(x.used_ns() < 20 * order_ns + 100'000);
}

TEST_CASE("Without accounting all is one bill.") {
  fixture x{accounting_mode::off};
  CHECK(x.run_two() == in_order);
  CHECK_FALSE(x.has_container("p"));
  auto& all = *x.sys.resources().application();
  CHECK(x.sys.usage(all).connections == 2);
  CHECK(x.sys.usage(all).frames_in == 2);
  CHECK(x.used_ns() >= 20 * order_ns);
}

} // namespace
