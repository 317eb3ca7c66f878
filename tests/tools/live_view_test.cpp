#include "troupe/tools/top/live_view.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/tools/ledger_maker.hpp"

namespace {

using namespace troupe;
using namespace troupe::top;
using troupe::test::ledger_maker;

constexpr std::uint64_t second = 1'000'000'000;

struct fixture {
  fixture() {
    show(1);
    show(2);
  }

  /// The CPU time of each grows by ten times its identity every second.
  void show(std::uint64_t seconds) {
    ledger_maker x{seconds * second};
    for (std::uint64_t id = 2; id <= 6; ++id)
      x.add(id, 1, "c" + std::to_string(id), seconds * id * 10)
        .set_is_frozen(id == frozen_id);
    uut.show(x.ledger);
  }

  std::optional<admin::Envelope> press(std::string_view keys) {
    std::optional<admin::Envelope> result;
    for (auto x : keys)
      result = uut.press(static_cast<key>(x));
    return result;
  }

  std::vector<std::string> lines(std::size_t rows = 10,
                                 std::size_t columns = 100) {
    return uut.lines(rows, columns);
  }

  std::string selected() {
    auto all = lines();
    auto& line = all[uut.selected_line()];
    return line.substr(0, line.find(' ', 2));
  }

  std::string bottom() {
    return lines().back();
  }

  std::uint64_t frozen_id = 0;
  live_view uut{report_options{}};
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
  CHECK(all[0].find("6 resource containers, by cpu") != std::string::npos);
  CHECK(all[2].starts_with("process"));
  CHECK(all[3].starts_with("  c6"));
  CHECK(all[7].starts_with("  c2"));
}

TEST_CASE_FIXTURE(fixture, "What is selected moves by keys and stays when "
                           "rows move.") {
  CHECK(selected() == "process");
  press("jj");
  CHECK(selected() == "  c5");
  uut.press(key::up);
  CHECK(selected() == "  c6");
  uut.press(key::down);
  press("<");
  CHECK(lines()[0].find("by name") != std::string::npos);
  CHECK(selected() == "  c5");
  uut.press(key::page_down);
  CHECK(selected() == "  c6");
  uut.press(key::page_up);
  CHECK(selected() == "process");
  // Too few lines for all: the selected one is among them.
  press("jjjjj");
  auto few = lines(5);
  CHECK(few[uut.selected_line()].starts_with("  c6"));
  press("kkkkk");
  few = lines(5);
  CHECK(few[uut.selected_line()].starts_with("process"));
}

TEST_CASE_FIXTURE(fixture, "Shares and caps are asked for and sent.") {
  CHECK_FALSE(press("jjs"));
  CHECK(bottom() == "shares of /c5: ");
  CHECK_FALSE(press("31\x7F"
                    "00"));
  CHECK(bottom() == "shares of /c5: 300");
  auto set = press("\r");
  REQUIRE(set);
  CHECK(set->set_attributes().target().id() == 5);
  CHECK(set->set_attributes().attributes().shares() == 300);
  CHECK_FALSE(set->set_attributes().attributes().has_cpu_max());
  set = press("c0.25\n");
  REQUIRE(set);
  CHECK(set->set_attributes().attributes().cpu_max() == 0.25);
  CHECK_FALSE(press("cx\r"));
  CHECK(bottom() == "cpu_max is \"x\", which is not a number");
}

TEST_CASE_FIXTURE(fixture, "A question can be left without an answer.") {
  CHECK_FALSE(press("js300\x1B\r"));
  CHECK(bottom().find("q quit") != std::string::npos);
  CHECK_FALSE(press("s\r"));
}

TEST_CASE_FIXTURE(fixture, "Freezing and thawing is one key.") {
  auto command = press("jf");
  REQUIRE(command);
  CHECK(command->freeze().target().id() == 6);
  frozen_id = 6;
  show(3);
  command = press("f");
  REQUIRE(command);
  CHECK(command->thaw().target().id() == 6);
}

TEST_CASE_FIXTURE(fixture, "Only yes destroys.") {
  CHECK_FALSE(press("jd"));
  CHECK(bottom() == "destroy /c6 and all it has? Type yes: ");
  CHECK_FALSE(press("y\r"));
  CHECK_FALSE(press("d\r"));
  CHECK_FALSE(press("dno\r"));
  auto command = press("dyes\r");
  REQUIRE(command);
  CHECK(command->destroy().target().id() == 6);
  CHECK(command->destroy().reason() == "by troupe-top");
}

TEST_CASE_FIXTURE(fixture, "What one is asked about stays the same while rows "
                           "move.") {
  press("jd");
  press("yes");
  show(3);
  CHECK(bottom() == "destroy /c6 and all it has? Type yes: yes");
  CHECK(press("\r")->destroy().target().id() == 6);
}

TEST_CASE_FIXTURE(fixture,
                  "If what one is asked about goes, nothing is done.") {
  press("jd");
  press("yes");
  ledger_maker x{3 * second};
  x.add(2, 1, "c2");
  uut.show(x.ledger);
  CHECK_FALSE(press("\r"));
}

TEST_CASE_FIXTURE(fixture,
                  "Why the selected one waits is shown in any width.") {
  press("j");
  CHECK(lines()[8] == "/c6");
  frozen_id = 6;
  show(3);
  CHECK(lines(10, 20)[8] == "/c6: frozen");
}

TEST_CASE_FIXTURE(fixture, "Notes are shown until the next key.") {
  uut.note("refused: a test");
  CHECK(bottom() == "refused: a test");
  press("j");
  CHECK(bottom() != "refused: a test");
}

TEST_CASE_FIXTURE(fixture, "It ends by a key, but not as part of an answer.") {
  press("sq");
  CHECK_FALSE(uut.wants_to_end());
  press("\x1Bq");
  CHECK(uut.wants_to_end());
}

TEST_CASE("Without a ledger there is nothing to select.") {
  live_view uut{report_options{}};
  for (auto x : std::string_view{"jkfscd\r<>"})
    CHECK_FALSE(uut.press(static_cast<key>(x)));
  CHECK(uut.lines(5, 80).size() == 5);
}

} // namespace
