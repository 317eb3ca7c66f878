#include "troupe/tools/top/cell.hpp"

#include <string>

#include <doctest/doctest.h>

namespace {

using namespace troupe::top;

TEST_CASE("A text is cut and filled by characters, not by bytes.") {
  CHECK(cut("äöü", 2) == "äö");
  CHECK(cut("äöü", 3) == "äöü");
  CHECK(cut("äöü", 0) == "");
  CHECK(fitted("äö", 3) == "äö ");
  CHECK(fitted("äöü", 2) == "äö");
  CHECK(fitted_right("äö", 3) == " äö");
  CHECK(fitted_right("äöü", 2) == "äö");
}

TEST_CASE("Quantities have a unit from ten thousand on.") {
  CHECK(quantity(0) == "0");
  CHECK(quantity(9'999) == "9999");
  CHECK(quantity(10'000) == "10K");
  CHECK(quantity(15e6) == "15M");
  CHECK(quantity(1e18) == "1000000T");
}

TEST_CASE("Parts are percents.") {
  CHECK(percent(0) == "0.0");
  CHECK(percent(0.1234) == "12.3");
}

TEST_CASE("Names are as deep as they are, and no wider than their column.") {
  CHECK(name_cell(0, "") == fitted("process", name_columns));
  CHECK(name_cell(2, "gold") == fitted("    gold", name_columns));
  CHECK(name_cell(1'000, "gold").size() == name_columns);
}

TEST_CASE("What is not shown is counted.") {
  CHECK(more(7) == "… 7 more");
}

TEST_CASE("What could move a cursor is a question mark.") {
  CHECK(shown("a\x1b[2J\xC2\x9B") == "a?[2J?");
}

} // namespace
