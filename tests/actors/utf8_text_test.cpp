#include "troupe/actors/utf8_text.hpp"

#include <doctest/doctest.h>

namespace {

using namespace troupe;

TEST_CASE("Characters of every length stay as they are.") {
  for (auto* text :
       {"", "a", "ä", "…", "😀", "\u007F", "\u0080", "\u07FF", "\u0800",
        "\uD7FF", "\uE000", "\uFFFF", "\U00010000", "\U0010FFFF"})
    CHECK(utf8_text(text, 8) == text);
}

TEST_CASE("Each byte of what is no character becomes a question mark.") {
  CHECK(utf8_text("a\xFFz", 8) == "a?z");
  CHECK(utf8_text("\x80", 8) == "?");
  CHECK(utf8_text("\xC3", 8) == "?");
  CHECK(utf8_text("\xC3(", 8) == "?(");
  CHECK(utf8_text("\xF0\x9F\x98", 8) == "???");
  // Longer than need be, half of a surrogate pair, too large.
  CHECK(utf8_text("\xC0\x80", 8) == "??");
  CHECK(utf8_text("\xE0\x9F\xBF", 8) == "???");
  CHECK(utf8_text("\xF0\x8F\xBF\xBF", 8) == "????");
  CHECK(utf8_text("\xED\xA0\x80", 8) == "???");
  CHECK(utf8_text("\xF4\x90\x80\x80", 8) == "????");
}

TEST_CASE("Text is cut between characters.") {
  CHECK(utf8_text("abc", 3) == "abc");
  CHECK(utf8_text("abc", 2) == "ab");
  CHECK(utf8_text("aä", 2) == "a");
  CHECK(utf8_text("aä", 3) == "aä");
  CHECK(utf8_text("\xFF\xFF", 1) == "?");
}

} // namespace
