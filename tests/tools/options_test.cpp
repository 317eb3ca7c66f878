#include "troupe/tools/top/options.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace troupe::top;

std::string why(const std::vector<std::string>& arguments) {
  options ignored;
  return parse_options(arguments, ignored);
}

TEST_CASE("All that can be asked for is read.") {
  options x;
  CHECK(parse_options({"--once", "/run/x", "--json", "--interval=2.5",
                       "--sort=memory", "--rows=7", "--depth=2", "--below=gold",
                       "--set=gold:cpu_max=0.3", "--freeze=bulk", "--thaw=#7",
                       "--destroy=bulk", "--move=bulk:gold"},
                      x)
        == "");
  CHECK(x.path == "/run/x");
  CHECK(x.is_once);
  CHECK(x.is_json);
  CHECK(x.interval_seconds == 2.5);
  CHECK(x.shown.sorted_by == column::memory);
  CHECK(x.shown.rows_max == 7);
  CHECK(x.which.depth_max() == 2);
  CHECK(x.which.path() == "gold");
  REQUIRE(x.commands.size() == 5);
  CHECK(x.commands[0].set_attributes().attributes().cpu_max() == 0.3);
  CHECK(x.commands[1].freeze().target().path() == "bulk");
  CHECK(x.commands[2].thaw().target().id() == 7);
  CHECK(x.commands[3].destroy().target().path() == "bulk");
  CHECK(x.commands[3].destroy().reason() == "by troupe-top");
  CHECK(x.commands[4].move().to().path() == "gold");
}

TEST_CASE("By default it is live, by CPU time, every second.") {
  options x;
  CHECK(parse_options({"/run/x"}, x) == "");
  CHECK_FALSE(x.is_once);
  CHECK(x.interval_seconds == 1);
  CHECK(x.shown.sorted_by == column::cpu);
  CHECK(x.commands.empty());
}

TEST_CASE("What makes no sense is named.") {
  CHECK(why({}) == "the path of the server's admin socket is missing");
  CHECK(why({"a", "b"}) == "there are two paths, a and b");
  CHECK(why({"a", "--json"}) == "--json needs --once");
  CHECK(why({"a", "--bad"})
        == "--bad: there is no such option, or it needs a value");
  CHECK(why({"a", "--bad=1"}) == "--bad=1: there is no such option");
  CHECK(why({"a", "--interval=x"})
        == "--interval=x: it is not a number of seconds up to 3600");
  CHECK(why({"a", "--interval=nan"})
        == "--interval=nan: it is not a number of seconds up to 3600");
  CHECK(why({"a", "--rows=0"}) == "--rows=0: it is not a number from 1 on");
  CHECK(why({"a", "--depth=0"}) == "--depth=0: it is not a number from 1 on");
  CHECK(why({"a", "--sort=colour"})
        == "--sort=colour: there is no such column");
  CHECK(why({"a", "--set=gold"}) == "--set=gold: it is not TARGET:KEY=VALUE,…");
}

TEST_CASE("A cluster is a list of paths.") {
  options x;
  CHECK(parse_options({"--cluster=/run/a,/run/b", "--once", "--json"}, x)
        == "");
  CHECK(x.cluster == std::vector<std::string>{"/run/a", "/run/b"});
  CHECK(x.path == "");
}

TEST_CASE("A cluster is of some nodes, each another.") {
  CHECK(why({"--cluster="}) == "--cluster=: a path is empty");
  CHECK(why({"--cluster=a,"}) == "--cluster=a,: a path is empty");
  CHECK(why({"--cluster=a,b,a"}) == "--cluster=a,b,a: a is there twice");
  std::string all = "--cluster=0";
  for (std::size_t i = 1; i < nodes_max; ++i)
    all += "," + std::to_string(i);
  CHECK(why({all}) == "");
  CHECK(why({all + ",x"}) == all + ",x: there are more than 64 nodes");
}

TEST_CASE("A cluster is only shown.") {
  for (auto* x : {"--set=gold:shares=3", "--freeze=gold", "--thaw=gold",
                  "--destroy=gold", "--move=gold:bulk"})
    CHECK(why({x, "--cluster=a,b"})
          == "--cluster only shows: to change something, name one node by its "
             "PATH, without --cluster");
  CHECK(why({"c", "--cluster=a,b"})
        == "--cluster names all nodes, and there is c besides");
  CHECK(why({"--cluster=a,b", "--sort=shares"})
        == "--sort=shares: each node of a cluster has its own");
}

TEST_CASE("Help needs no server and names every option.") {
  CHECK(why({"--help"}) == "");
  for (auto* x : {"--once", "--json", "--interval", "--sort", "--rows",
                  "--depth", "--below", "--set", "--freeze", "--thaw",
                  "--destroy", "--move", "--cluster", "throttles"})
    CHECK_MESSAGE(help().find(x) != std::string::npos, x);
}

} // namespace
