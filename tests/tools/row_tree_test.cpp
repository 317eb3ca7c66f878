#include "troupe/tools/top/row_tree.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace troupe::top;

Row make_row(std::uint64_t cpu_ns) {
  Row result;
  result.mutable_used()->set_cpu_ns(cpu_ns);
  return result;
}

TEST_CASE("Parents come first, and siblings as sorted.") {
  row_tree uut;
  CHECK(uut.in_order(column::cpu).empty());
  auto root = uut.add(make_row(0), row_tree::none);
  auto few = uut.add(make_row(1), root);
  auto many = uut.add(make_row(2), root);
  auto below_few = uut.add(make_row(9), few);
  auto below_many = uut.add(make_row(0), many);
  CHECK(uut.size() == 5);
  CHECK(uut.parent(below_few) == few);
  CHECK(uut.in_order(column::cpu)
        == std::vector{root, many, below_many, few, below_few});
  uut[few].mutable_used()->set_cpu_ns(3);
  CHECK(uut.in_order(column::cpu)
        == std::vector{root, few, below_few, many, below_many});
}

} // namespace
