#include "troupe/runtime/check.hpp"

#include <doctest/doctest.h>

#include "troupe/tests/runtime/abort_text.hpp"

namespace {

using troupe::test::abort_text;

TEST_CASE("A check that fails aborts and says where and what should hold.") {
  auto place = "check_test.cpp:" + std::to_string(__LINE__ + 1) + ": ";
  auto text = abort_text([] { TROUPE_CHECK(1 > 2, "One is more than two."); });
  CHECK(text.find(place) != std::string::npos);
  CHECK(text.find("One is more than two.") != std::string::npos);
  CHECK(text.find("1 > 2") != std::string::npos);
}

TEST_CASE("A check that holds evaluates its condition once and does nothing.") {
  auto n = 0;
  auto text = abort_text([] { TROUPE_CHECK(true, "All is well."); });
  CHECK(text.empty());
  TROUPE_CHECK(++n == 1, "It is evaluated.");
  CHECK(n == 1);
}

} // namespace
