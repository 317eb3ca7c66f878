#include "troupe/tools/top/command.hpp"

#include <doctest/doctest.h>

namespace {

using namespace troupe;
using namespace troupe::top;

TEST_CASE("A target is a path, or the identity of one.") {
  CHECK(parse_target("gold/reports").path() == "gold/reports");
  CHECK(parse_target("#17").id() == 17);
  CHECK(parse_target("#x").path() == "#x");
}

TEST_CASE("Every attribute has its name.") {
  admin::Attributes x;
  auto* type = x.GetDescriptor();
  std::string all;
  for (auto i = 0; i < type->field_count(); ++i)
    all += (i > 0 ? "," : "") + type->field(i)->name() + "=1";
  CHECK(parse_attributes(all, x) == "");
  CHECK(x.shares() == 1);
  CHECK(x.cpu_max() == 1);
  CHECK(x.connections_max() == 1);
  CHECK(parse_attributes("cpu_max=0.25", x) == "");
  CHECK(x.cpu_max() == 0.25);
}

TEST_CASE("What is not given is not set.") {
  admin::SetAttributes x;
  CHECK(parse_set("connections/127.0.0.1:80:shares=7", x) == "");
  CHECK(x.target().path() == "connections/127.0.0.1:80");
  CHECK(x.attributes().shares() == 7);
  CHECK_FALSE(x.attributes().has_cpu_max());
}

TEST_CASE("No limit is a value, too.") {
  admin::Attributes x;
  CHECK(parse_attributes("memory_max=unlimited,read_rate_max=64K", x) == "");
  CHECK(x.read_rate_max() == 65'536);
  CHECK(x.memory_max() == UINT64_MAX);
  CHECK(parse_attributes("shares=unlimited", x) != "");
}

TEST_CASE("A move has two targets.") {
  admin::Move x;
  CHECK(parse_move("connections/127.0.0.1:80:gold", x) == "");
  CHECK(x.target().path() == "connections/127.0.0.1:80");
  CHECK(x.to().path() == "gold");
  CHECK(parse_move("gold", x) == "it is not TARGET:TARGET");
}

TEST_CASE("What makes no sense is named.") {
  auto why = [](const char* text) {
    admin::SetAttributes x;
    return parse_set(text, x);
  };
  CHECK(why("gold") == "it is not TARGET:KEY=VALUE,…");
  CHECK(why("gold:") == "\"\" is not KEY=VALUE");
  CHECK(why("gold:shares") == "\"shares\" is not KEY=VALUE");
  CHECK(why("gold:shares=1,") == "\"\" is not KEY=VALUE");
  CHECK(why("gold:colour=1") == "there is no attribute \"colour\"");
  CHECK(why("gold:shares=-1")
        == "shares is \"-1\", which is not a whole number");
  CHECK(
    why("gold:connections_max=1.5")
    == "connections_max is \"1.5\", which is not a number, such as 4096, 64K, "
       "16M or 2G");
  CHECK(why("gold:cpu_max=x") == "cpu_max is \"x\", which is not a number");
}

} // namespace
