#include "troupe/codec/slice_divider.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

struct fixture {
  fixture() : block(allocate_block(1'000)), watch(block, block->bytes(), 1) {
    for (std::size_t i = 0; i < 1'000; ++i)
      block->bytes()[i] = static_cast<std::byte>(i);
  }

  slice all() {
    add_references(block, 1);
    return {block, block->bytes(), 1'000};
  }

  /// References other than the test's own.
  std::uint32_t references() const {
    return block->references.load() - 1;
  }

  memory_block* block;
  slice watch;
};

TEST_CASE_FIXTURE(fixture, "What is cut off comes in order.") {
  slice_divider uut{all()};
  auto first = uut.cut(300);
  auto second = uut.cut(1);
  CHECK(first.data() == block->bytes());
  CHECK(first.size() == 300);
  CHECK(second.data() == block->bytes() + 300);
  uut.remove_prefix(99);
  CHECK(uut.size() == 600);
  auto rest = uut.take_rest();
  CHECK(rest.data() == block->bytes() + 400);
  CHECK(rest.size() == 600);
  CHECK(uut.empty());
}

TEST_CASE_FIXTURE(fixture, "Each piece has one reference in the end.") {
  std::vector<slice> pieces;
  {
    slice_divider uut{all()};
    for (std::size_t i = 0; i < 500; ++i)
      pieces.push_back(uut.cut(i % 3));
    CHECK(uut.cut(0).pinned_bytes() == 0);
    auto moved = std::move(uut);
    uut = slice_divider{slice::copy_of("other")};
    pieces.push_back(moved.cut(1));
  }
  // A third of them were empty.
  CHECK(references() == 500 - 167 + 1);
  pieces.clear();
  CHECK(references() == 0);
}

TEST_CASE_FIXTURE(fixture, "What is left takes no more than its own.") {
  slice_divider uut{all()};
  auto piece = uut.cut(10);
  CHECK(references() > 2);
  auto rest = uut.take_rest();
  CHECK(references() == 2);
  piece = {};
  rest = {};
  CHECK(references() == 0);
}

TEST_CASE_FIXTURE(fixture, "A wasteful rest moves into memory of its own.") {
  slice_divider uut{all()};
  uut.remove_prefix(400);
  uut.compact();
  CHECK(references() == 1);
  uut.remove_prefix(200);
  uut.compact();
  CHECK(references() == 0);
  CHECK(uut.pinned_bytes() == 400);
  CHECK(uut.bytes()[0] == static_cast<std::byte>(600 % 256));
}

TEST_CASE_FIXTURE(fixture, "Static memory is cut like any other.") {
  slice_divider uut{slice::of_static("static")};
  CHECK(uut.cut(3).text() == "sta");
  CHECK(uut.take_rest().text() == "tic");
}

TEST_CASE_FIXTURE(fixture, "Collected slices give back what they hold.") {
  {
    slice_collector uut;
    slice_divider divider{all()};
    auto other = slice::copy_of("other");
    auto literal = slice::of_static("static");
    auto a = divider.cut(10);
    auto b = divider.cut(10);
    auto c = divider.take_rest();
    CHECK(references() == 3);
    uut.collect(a);
    uut.collect(b);
    uut.collect(literal);
    uut.collect(other);
    CHECK(references() == 1);
    uut.collect(c);
  }
  CHECK(references() == 0);
}

} // namespace
