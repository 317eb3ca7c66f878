#include "troupe/codec/gather_buffer.hpp"

#include <random>
#include <string>

#include <doctest/doctest.h>

#include "feeding.hpp"
#include "troupe/tests/support/allocations.hpp"
#include "troupe/tests/support/seed.hpp"

using namespace troupe;
using test::allocations;
using test::flatten;

TEST_CASE("short pieces leave as one slice") {
  gather_buffer uut;
  uut.append("one");
  uut.append(slice::copy_of("two"));
  uut.append(slice::of_static("three").bytes());
  uut.append("");
  CHECK(uut.size() == 11);
  auto slices = uut.take();
  REQUIRE(slices.size() == 1);
  CHECK(slices[0].text() == "onetwothree");
  CHECK(uut.empty());
  CHECK(uut.take().empty());
}

TEST_CASE("a long slice is passed on, a shorter one is copied") {
  constexpr auto bound = gather_buffer::pass_on_bytes_min;
  auto longer = slice::copy_of(std::string(bound, 'l'));
  auto shorter = slice::copy_of(std::string(bound - 1, 's'));
  gather_buffer uut;
  uut.append("head");
  uut.append(longer);
  uut.append(shorter);
  auto slices = uut.take();
  REQUIRE(slices.size() == 3);
  CHECK(slices[0].text() == "head");
  CHECK(slices[1].data() == longer.data());
  CHECK(slices[2].text() == shorter.text());
  CHECK(slices[2].data() != shorter.data());
}

TEST_CASE("extend gives room in one piece") {
  gather_buffer uut;
  uut.append("a");
  CHECK(uut.extend(0).empty());
  for (auto size : {std::size_t{1}, std::size_t{300}, std::size_t{16384},
                    std::size_t{100'000}}) {
    auto room = uut.extend(size);
    REQUIRE(room.size() == size);
    for (auto& x : room)
      x = std::byte{'b'};
  }
  uut.append("c");
  CHECK(flatten(uut) == "a" + std::string(116'685, 'b') + "c");
}

TEST_CASE("sixteen short frames cost two allocations and the list") {
  gather_buffer uut;
  std::string frame(68, 'x');
  auto before = allocations::now().count;
  for (auto i = 0; i < 16; ++i)
    uut.append(frame);
  CHECK(allocations::now().count - before <= 2);
  CHECK(uut.take().size() == 1);
}

TEST_CASE("an empty buffer owns no memory") {
  auto before = allocations::now().live;
  gather_buffer uut;
  uut.append("abc");
  uut.append(slice::copy_of(std::string(5000, 'x')));
  uut.take();
  CHECK(allocations::now().live == before);
  CHECK(sizeof(gather_buffer) <= 48);
}

TEST_CASE("many short pieces fill chunks of at most 16 KiB") {
  gather_buffer uut;
  for (auto i = 0; i < 10'000; ++i)
    uut.append("0123456789");
  auto slices = uut.take();
  CHECK(slices.size() == 7);
  for (const auto& x : slices)
    CHECK(x.pinned_bytes() <= gather_buffer::chunk_bytes_max);
}

TEST_CASE("any sequence of pieces leaves in order") {
  std::mt19937_64 random{test::seed()};
  for (auto round = 0; round < 200; ++round) {
    gather_buffer uut;
    std::string model;
    for (auto step = 0; step < 100; ++step) {
      std::string piece(random() % (random() % 8 == 0 ? 20'000 : 200),
                        static_cast<char>('a' + random() % 26));
      model += piece;
      if (random() % 2 == 0)
        uut.append(slice::copy_of(piece));
      else
        uut.append(piece);
      CHECK(uut.size() == model.size());
      CHECK(uut.empty() == model.empty());
    }
    CHECK(flatten(uut) == model);
  }
}
