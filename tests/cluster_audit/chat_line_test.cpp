#include "troupe/tests/cluster_audit/chat_line.hpp"

#include <doctest/doctest.h>

using namespace troupe::test;

namespace {

template <class T>
T read(std::string_view line) {
  auto result = parse_chat_line(line);
  REQUIRE(std::holds_alternative<T>(result));
  return std::get<T>(result);
}

} // namespace

TEST_SUITE("chat_line") {
  TEST_CASE("each line of the protocol is read") {
    CHECK(read<entered_line>("entered ann").nick == "ann");
    CHECK(read<joined_line>("joined tea ann").room == "tea");
    CHECK(read<left_line>("left tea ann").nick == "ann");
    auto said = read<said_line>("said tea 3.17 ann good day  to all");
    CHECK(said.room == "tea");
    CHECK(said.number == stamp{3, 17});
    CHECK(said.nick == "ann");
    CHECK(said.text == "good day  to all");
    CHECK(read<anew_line>("anew tea 4").ownership == 4);
    auto missed = read<missed_line>("missed tea 3.1 3.9");
    CHECK(missed.first == stamp{3, 1});
    CHECK(missed.last == stamp{3, 9});
    auto refused = read<refused_line>("refused say the outcome is unknown");
    CHECK(refused.command == "say");
    CHECK(refused.why == "the outcome is unknown");
  }

  TEST_CASE("other lines are odd") {
    for (auto* line :
         {"", "said", "said tea", "said tea 17 ann hello", "said tea 3.17",
          "said tea 3.x ann hello", "anew tea", "anew tea 1.2", "joined tea",
          "joined tea ann b", "missed tea 1.2", "rooms tea=1", "hello ann"})
      CHECK_MESSAGE(std::holds_alternative<odd_line>(parse_chat_line(line)),
                    line);
  }
}
