#include "troupe/tools/top/column.hpp"

#include <doctest/doctest.h>

namespace {

using namespace troupe::top;

TEST_CASE("Columns have names, by which they are found.") {
  for (std::size_t i = 0; i < columns_count; ++i) {
    auto x = static_cast<column>(i);
    CHECK(parse_column(to_string(x)) == x);
  }
  CHECK_FALSE(parse_column("colour"));
}

TEST_CASE("Columns are a ring.") {
  CHECK(moved(column::cpu, 1) == column::shares);
  CHECK(moved(column::cpu, -1) == column::name);
  CHECK(moved(column::name, 1) == column::cpu);
  CHECK(moved(column::cpu, -25) == column::name);
}

TEST_CASE("What is equal is sorted by name.") {
  Row a;
  Row b;
  a.mutable_resource_container()->set_name("a");
  b.mutable_resource_container()->set_name("b");
  CHECK(is_before(a, b, column::cpu));
  CHECK_FALSE(is_before(b, a, column::cpu));
  b.mutable_used()->set_cpu_ns(1);
  CHECK(is_before(b, a, column::cpu));
  CHECK(is_before(a, b, column::name));
}

} // namespace
