#include "troupe/codec/slice.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/support/allocations.hpp"

using namespace troupe;

TEST_CASE("a slice shares its memory with its copies and parts") {
  auto x = slice::copy_of("hello, world");
  auto y = x;
  auto z = x.part(7);
  CHECK(y.data() == x.data());
  CHECK(z.data() == x.data() + 7);
  CHECK(z.text() == "world");
  x = slice{};
  y = slice{};
  CHECK(z.text() == "world");
  CHECK(z.pinned_bytes() == 12);
}

TEST_CASE("a moved slice leaves an empty one behind") {
  auto x = slice::copy_of("abc");
  auto y = std::move(x);
  CHECK(x.empty()); // NOLINT(bugprone-use-after-move)
  CHECK(x.pinned_bytes() == 0);
  CHECK(y.text() == "abc");
  y = y.part(1);
  CHECK(y.text() == "bc");
}

TEST_CASE("parts are cut to what there is") {
  auto x = slice::copy_of("abcdef");
  CHECK(x.part(2, 3).text() == "cde");
  CHECK(x.part(4, 100).text() == "ef");
  CHECK(x.part(6).empty());
  CHECK(x.part(100, 1).empty());
  x.remove_prefix(4);
  CHECK(x.text() == "ef");
  x.remove_prefix(100);
  CHECK(x.empty());
}

TEST_CASE("an empty part keeps nothing alive") {
  auto x = slice::copy_of("abc");
  CHECK(x.part(3).pinned_bytes() == 0);
  CHECK(x.part(1, 0).pinned_bytes() == 0);
  CHECK(slice::copy_of("").pinned_bytes() == 0);
}

TEST_CASE("a static slice owns nothing") {
  auto before = test::allocations::now();
  auto x = slice::of_static("abc");
  auto y = x.part(1).compact();
  CHECK(y.text() == "bc");
  CHECK(y.pinned_bytes() == 0);
  CHECK(test::allocations::now().count == before.count);
}

TEST_CASE("compact copies only what keeps more than twice itself alive") {
  auto x = slice::copy_of(std::string(100, 'x'));
  CHECK(x.part(0, 50).compact().data() == x.data());
  auto y = x.part(0, 49).compact();
  CHECK(y.data() != x.data());
  CHECK(y.text() == std::string(49, 'x'));
  CHECK(y.pinned_bytes() == 49);
  x.remove_prefix(100);
  CHECK(x.pinned_bytes() == 100);
  CHECK(x.compact().pinned_bytes() == 0);
}

TEST_CASE("a buffer is filled and then frozen") {
  buffer x{8};
  CHECK(x.size() == 0);
  CHECK(x.capacity() == 8);
  x.append(slice::of_static("abc").bytes());
  CHECK(x.room().size() == 5);
  x.room()[0] = std::byte{'d'};
  x.commit(1);
  CHECK(x.bytes().size() == 4);
  auto y = x.freeze();
  CHECK(y.text() == "abcd");
  CHECK(y.pinned_bytes() == 8);
  CHECK(x.size() == 0);
  CHECK(x.capacity() == 0);
  CHECK(x.room().empty());
  CHECK(x.freeze().empty());
}

TEST_CASE("a block of 4 GiB is refused") {
  CHECK_THROWS_AS(buffer{std::size_t{1} << 32}, std::length_error);
}

TEST_CASE("all memory is given back") {
  auto before = test::allocations::now().live;
  {
    auto x = slice::copy_of("abc");
    auto y = x.part(1);
    buffer unused{100};
    buffer moved = std::move(unused);
    unused = buffer{10};
  }
  CHECK(test::allocations::now().live == before);
}

TEST_CASE("a pool recycles blocks of the thread that installed it") {
  block_pool pool{1024, 2};
  pool.install();
  auto x = pool.take();
  CHECK(x.capacity() == pool.block_bytes());
  auto address = x.room().data();
  x.commit(10);
  auto frozen = x.freeze();
  auto copy = frozen;
  frozen = slice{};
  CHECK(pool.unused_blocks() == 0);
  copy = slice{};
  CHECK(pool.unused_blocks() == 1);
  auto y = pool.take();
  CHECK(y.room().data() == address);
  CHECK(y.size() == 0);
  CHECK(pool.unused_blocks() == 0);
}

TEST_CASE("a pool keeps no more than its bound and no foreign blocks") {
  block_pool pool{64, 1};
  pool.install();
  {
    auto x = pool.take();
    auto y = pool.take();
    buffer foreign{64};
  }
  CHECK(pool.unused_blocks() == 1);
}

TEST_CASE("a block may outlive its pool") {
  auto before = test::allocations::now().live;
  slice survivor;
  {
    block_pool pool{64, 4};
    pool.install();
    auto x = pool.take();
    x.append(slice::of_static("abc").bytes());
    survivor = x.freeze();
  }
  CHECK(survivor.text() == "abc");
  survivor = slice{};
  CHECK(test::allocations::now().live == before);
}

TEST_CASE("a block released on another thread is freed, not recycled") {
  block_pool pool{64, 4};
  pool.install();
  auto x = pool.take();
  x.commit(1);
  std::thread{[y = x.freeze()]() mutable { y = slice{}; }}.join();
  CHECK(pool.unused_blocks() == 0);
}

TEST_CASE("the pool installed last gets the blocks that are its own") {
  block_pool first{64, 4};
  first.install();
  auto x = first.take();
  block_pool second{64, 4};
  second.install();
  auto y = second.take();
  x = buffer{};
  y = buffer{};
  CHECK(first.unused_blocks() == 0);
  CHECK(second.unused_blocks() == 1);
}

TEST_CASE("threads may copy and drop slices of one block") {
  auto before = test::allocations::now().live;
  {
    auto x = slice::copy_of(std::string(64, 'x'));
    std::vector<std::thread> threads;
    for (auto i = 0; i < 4; ++i)
      threads.emplace_back([x] {
        for (auto n = 0; n < 10'000; ++n)
          auto copy = x.part(1);
      });
    for (auto& t : threads)
      t.join();
  }
  CHECK(test::allocations::now().live == before);
}
