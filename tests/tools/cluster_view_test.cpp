#include "troupe/tools/top/cluster_view.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/tools/look_maker.hpp"

namespace {

using namespace troupe;
using namespace troupe::top;
using troupe::test::look_maker;
using troupe::test::missing_node;

/// Two nodes with c2 to c6, of which c6 uses most, and one that is gone.
struct fixture {
  fixture() {
    look_maker x;
    for (std::uint64_t id = 2; id <= 6; ++id)
      x.now.add(id, 1, "c" + std::to_string(id), id * 10);
    nodes = {x.look("/run/a"), x.look("/run/b"), missing_node("c", "gone")};
    uut.show(nodes);
  }

  void press(std::string_view keys) {
    for (auto x : keys)
      uut.press(static_cast<key>(x));
  }

  std::vector<std::string> lines(std::size_t rows = 10,
                                 std::size_t columns = 120) {
    return uut.lines(rows, columns);
  }

  std::vector<node_look> nodes;
  cluster_view uut{report_options{}};
};

TEST_CASE_FIXTURE(fixture, "The screen is filled, and no line is too long.") {
  for (std::size_t rows : {0U, 1U, 2U, 3U, 4U, 9U, 50U})
    for (std::size_t columns : {1U, 20U, 200U}) {
      auto all = lines(rows, columns);
      CHECK(all.size() == rows);
      for (auto& x : all)
        CHECK(x.size() <= columns);
    }
  auto all = lines();
  CHECK(all[0] == "2 of 3 nodes, by cpu");
  CHECK(all[1].ends_with("     a      b      c"));
  CHECK(all[2].starts_with("process"));
  CHECK(all[3].starts_with("  c6"));
  CHECK(all[7].starts_with("  c2"));
  CHECK(all[8] == "c: gone");
  CHECK(all[9].find("q quit") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "Keys move rows, as far as there are any.") {
  press("jj");
  CHECK(lines()[2].starts_with("  c5"));
  uut.press(key::up);
  CHECK(lines()[2].starts_with("  c6"));
  uut.press(key::page_down);
  CHECK(lines()[2].starts_with("  c2"));
  CHECK(lines()[3] == "");
  uut.press(key::page_up);
  CHECK(lines()[2].starts_with("process"));
}

TEST_CASE_FIXTURE(fixture, "Keys move nodes, as far as there are any.") {
  uut.press(key::right);
  CHECK(lines()[1].ends_with("cpu% on      b      c"));
  press("llll");
  CHECK(lines()[1].ends_with("cpu% on      c"));
  uut.press(key::left);
  press("hhh");
  CHECK(lines()[1].ends_with("cpu% on      a      b      c"));
}

TEST_CASE_FIXTURE(fixture, "Keys sort, but not by what nodes do not share.") {
  press(">");
  CHECK(lines()[0].ends_with("by in"));
  press("<<");
  CHECK(lines()[0].ends_with("by name"));
  CHECK(lines()[3].starts_with("  c2"));
}

TEST_CASE_FIXTURE(fixture, "If there is less to show, what is left is shown.") {
  press("jjjj");
  look_maker x;
  uut.show({x.look("/run/a")});
  CHECK(lines()[2].starts_with("process"));
}

TEST_CASE_FIXTURE(fixture, "What is missing leaves room for what is there.") {
  while (nodes.size() < 64)
    nodes.push_back(missing_node("x", "gone"));
  uut.show(nodes);
  auto all = lines(20);
  CHECK(all[3].starts_with("  c6"));
  CHECK(all[11] == "c: gone");
  CHECK(all[18] == "… 55 more");
}

TEST_CASE_FIXTURE(fixture, "It ends by a key.") {
  CHECK_FALSE(uut.wants_to_end());
  press("q");
  CHECK(uut.wants_to_end());
}

TEST_CASE("Without nodes there is nothing to show.") {
  cluster_view uut{report_options{}};
  for (auto x : std::string_view{"jklh<>"})
    uut.press(static_cast<key>(x));
  CHECK(uut.lines(5, 80).size() == 5);
}

} // namespace
