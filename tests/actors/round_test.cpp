#include <functional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "troupe/codec/line.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

using line_connection = connection_of<line_codec>;

/// Peers whose server answers each line after a while and notes who was served.
struct talk {
  sim_peer connect(const std::string& name, std::uint32_t shares,
                   std::uint64_t ns) {
    listen_options how;
    how.name = name;
    how.resources.shares = shares;
    return sys.world().connect(serve<line_codec>(
      sys,
      [this, name, ns](line_connection* self) -> caf::behavior {
        return {[=, this](line& x) {
          said += name + ' ';
          if (meanwhile)
            std::exchange(meanwhile, nullptr)();
          sys.world().burn(ns);
          self->write(std::move(x));
        }};
      },
      how));
  }

  sim_system sys;
  std::string said;
  /// Done by whoever is served next.
  std::function<void()> meanwhile;
};

TEST_CASE_FIXTURE(talk, "An answer does not wait for a turn that outlasts the "
                        "round.") {
  auto quick = connect("quick", 10'000, 10'000);
  auto slow = connect("slow", 1, 150'000);
  slow.send("1\n");
  REQUIRE(sys.run_until_idle());
  CHECK(slow.take_received() == "1\n");
  said.clear();
  slow.send("2\n");
  quick.send("2\n");
  std::string said_before;
  for (auto i = 0; i < 20 && quick.received().empty(); ++i) {
    sys.run_round();
    said_before = said;
  }
  CHECK(quick.received() == "2\n");
  CHECK(said_before == "quick ");
  REQUIRE(sys.run_until_idle());
  CHECK(slow.received() == "2\n");
  sys.stop();
}

TEST_CASE_FIXTURE(talk, "Who becomes ready in a round is served in the next.") {
  auto quick = connect("quick", 10'000, 10'000);
  auto slow = connect("slow", 100, limits::round_ns_max);
  slow.send("1\n");
  meanwhile = [&] { quick.send("1\n"); };
  while (said.empty())
    sys.run_round();
  sys.run_round();
  CHECK(said == "slow quick ");
  REQUIRE(sys.run_until_idle());
  CHECK(quick.received() == "1\n");
  sys.stop();
}

} // namespace
