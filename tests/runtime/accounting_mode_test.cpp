#include "troupe/runtime/accounting_mode.hpp"

#include <set>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

TEST_CASE("Each way of accounting has a name, by which it is found.") {
  std::set<std::string> names;
  for (auto x : {accounting_mode::off, accounting_mode::connections,
                 accounting_mode::everywhere}) {
    names.insert(to_string(x));
    CHECK(parse_accounting_mode(to_string(x)) == x);
  }
  CHECK(names.size() == 3);
  CHECK(to_string(static_cast<accounting_mode>(names.size())) == "unknown");
  CHECK_FALSE(parse_accounting_mode("on"));
  CHECK_FALSE(parse_accounting_mode("unknown"));
}

} // namespace
