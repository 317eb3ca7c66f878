#include <string>

#include <doctest/doctest.h>

#include "troupe/codec/line.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

using line_connection = connection_of<line_codec>;

TEST_CASE("An answer does not wait for a turn that outlasts the round.") {
  sim_system sys;
  std::string said;
  auto talk = [&](const std::string& name, std::uint32_t shares,
                  std::uint64_t ns) {
    listen_options how;
    how.name = name;
    how.resources.shares = shares;
    return sys.world().connect(serve<line_codec>(
      sys,
      [&sys, &said, name, ns](line_connection* self) -> caf::behavior {
        return {[=, &sys, &said](line& x) {
          said += name;
          sys.world().burn(ns);
          self->write(std::move(x));
        }};
      },
      how));
  };
  auto quick = talk("quick ", 10'000, 10'000);
  auto slow = talk("slow ", 1, 150'000);
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

} // namespace
