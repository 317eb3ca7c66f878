#include "troupe/actors/server_options.hpp"

#include <doctest/doctest.h>

namespace {

using namespace troupe;

TEST_CASE("By default a server is not reachable from outside.") {
  server_options uut;
  CHECK(uut.listen == "127.0.0.1:0");
  CHECK(uut.workers == 0);
  CHECK(uut.drain_ms_max == limits::drain_ms_max);
  CHECK(uut.ledger_seconds == 0);
  CHECK(uut.accounting == "everywhere");
  CHECK(uut.log_level == "info");
}

TEST_CASE("An application adds options of its own, of three types.") {
  std::string text = "text";
  std::size_t number = 7;
  bool flag = true;
  server_options uut;
  uut.add(text, "text", "some text");
  uut.add(number, "number", "some number");
  uut.add(flag, "flag", "yes or no");
  REQUIRE(uut.own_options.size() == 3);
  CHECK(uut.own_options[1].name == "number");
  CHECK(uut.own_options[1].description == "some number");
  CHECK(std::get<std::string*>(uut.own_options[0].value) == &text);
  CHECK(std::get<std::size_t*>(uut.own_options[1].value) == &number);
  CHECK(std::get<bool*>(uut.own_options[2].value) == &flag);
  CHECK(text == "text");
  CHECK(number == 7);
  CHECK(flag);
}

} // namespace
