#include "troupe/codec/frame_buffer.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "troupe/tests/support/allocations.hpp"
#include "troupe/tests/support/seed.hpp"

using namespace troupe;
using test::allocations;

namespace {

constexpr std::size_t large = frame_buffer::copy_bytes_max + 1;

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Text that differs at every place near by.
std::string pattern(std::size_t size, std::size_t from = 0) {
  std::string result;
  for (auto i = from; i < from + size; ++i)
    result += static_cast<char>(i % 251);
  return result;
}

} // namespace

TEST_CASE("a frame in one received buffer is taken without a copy") {
  auto received = slice::copy_of("onetwo");
  frame_buffer uut;
  uut.append(received);
  CHECK(uut.size() == 6);
  auto one = uut.take(3);
  CHECK(one.text() == "one");
  CHECK(one.data() == received.data());
  CHECK(uut.take(3).data() == received.data() + 3);
  CHECK(uut.empty());
}

TEST_CASE("a frame that spans buffers is gathered") {
  frame_buffer uut;
  auto all = pattern(3 * large);
  for (std::size_t i = 0; i < 3; ++i)
    uut.append(slice::copy_of(pattern(large, i * large)));
  CHECK(uut.front().size() == large);
  CHECK(text(uut.peek(large + 1)) == all.substr(0, large + 1));
  CHECK(uut.size() == 3 * large);
  CHECK(uut.take(2 * large + 1).text() == all.substr(0, 2 * large + 1));
  CHECK(uut.take(large - 1).text() == all.substr(2 * large + 1));
  CHECK(uut.empty());
}

TEST_CASE("nothing can be taken from nothing") {
  frame_buffer uut;
  CHECK(uut.take(0).empty());
  CHECK(uut.peek(0).empty());
  CHECK(uut.front().empty());
  uut.drop(0);
  uut.append(slice{});
  uut.compact();
  CHECK(uut.empty());
  CHECK(uut.find(std::byte{0}) == frame_buffer::npos);
}

TEST_CASE("find looks through all chunks from an offset on") {
  frame_buffer uut;
  uut.append(slice::copy_of("a" + std::string(large, '.')));
  uut.append(slice::copy_of(std::string(large, '.') + "a"));
  uut.append(slice::copy_of("..a"));
  auto a = std::byte{'a'};
  auto second = 2 * large + 1;
  CHECK(uut.find(a) == 0);
  CHECK(uut.find(a, 1) == second);
  CHECK(uut.find(a, second) == second);
  CHECK(uut.find(a, second + 1) == second + 3);
  CHECK(uut.find(a, second + 4) == frame_buffer::npos);
  CHECK(uut.find(a, 1'000'000) == frame_buffer::npos);
  CHECK(uut.find(std::byte{'b'}) == frame_buffer::npos);
  uut.drop(1);
  CHECK(uut.find(a) == second - 1);
}

TEST_CASE("an empty buffer owns no memory") {
  auto before = allocations::now().live;
  frame_buffer uut;
  CHECK(allocations::now().live == before);
  for (auto size : {std::size_t{1}, std::size_t{10}, large, large})
    uut.append(slice::copy_of(pattern(size)));
  uut.peek(20);
  uut.drop(uut.size());
  CHECK(uut.pinned_bytes() == 0);
  CHECK(allocations::now().live == before);
  CHECK(sizeof(frame_buffer) <= 88);
}

TEST_CASE("half a frame does not keep a read buffer alive") {
  frame_buffer uut;
  uut.append(slice::copy_of(pattern(65536)));
  uut.append(slice::copy_of(pattern(65536)).part(0, large));
  uut.drop(65530);
  CHECK(uut.pinned_bytes() == 2 * 65536);
  uut.compact();
  CHECK(uut.pinned_bytes() == 6 + large);
  CHECK(text(uut.peek(6)) == pattern(6, 65530));
}

TEST_CASE("small pieces cost memory and time by their sum") {
  constexpr std::size_t size = 1 << 18;
  auto before = allocations::now();
  frame_buffer uut;
  for (std::size_t i = 0; i < size; ++i) {
    uut.append(slice::of_static("x"));
    uut.compact();
  }
  CHECK(uut.pinned_bytes() <= 2 * size + 64);
  CHECK(uut.take(size).text() == std::string(size, 'x'));
  auto after = allocations::now();
  CHECK(after.count - before.count < 40);
  CHECK(after.bytes_total - before.bytes_total < 6 * size);
}

TEST_CASE("looking at a growing frame costs linear memory traffic") {
  for (auto piece : {std::size_t{1}, std::size_t{100}, large}) {
    CAPTURE(piece);
    auto received = slice::copy_of(pattern(piece));
    auto pieces = (std::size_t{1} << 20) / piece / 4;
    auto before = allocations::now();
    frame_buffer uut;
    for (std::size_t i = 0; i < pieces; ++i) {
      uut.append(received);
      CHECK(uut.peek(uut.size()).size() == uut.size());
    }
    auto copied = allocations::now().bytes_total - before.bytes_total;
    CHECK(copied < 6 * uut.size() + 1024);
  }
}

TEST_CASE("looking further and further into what is there is linear, too") {
  frame_buffer uut;
  for (auto i = 0; i < 64; ++i)
    uut.append(slice::copy_of(pattern(large)));
  auto before = allocations::now();
  for (std::size_t n = 1; n <= uut.size(); n += 100)
    CHECK(uut.peek(n).size() == n);
  auto after = allocations::now();
  CHECK(after.bytes_total - before.bytes_total < 4 * uut.size());
}

TEST_CASE("pieces that come and go leave no trace in a buffer never empty") {
  frame_buffer uut;
  auto received = slice::copy_of(pattern(large));
  for (auto i = 0; i < 3; ++i)
    uut.append(received);
  auto before = allocations::now();
  for (auto i = 0; i < 10'000; ++i) {
    uut.append(received);
    CHECK(uut.take(large).data() == received.data());
  }
  CHECK(allocations::now().bytes_total - before.bytes_total < 4096);
}

TEST_CASE("any sequence of calls shows the same bytes as a string would") {
  std::mt19937_64 random{test::seed()};
  auto below = [&](std::size_t bound) { return random() % bound; };
  for (auto round = 0; round < 200; ++round) {
    frame_buffer uut;
    std::string model;
    for (auto step = 0; step < 200; ++step) {
      auto count = model.empty() ? 0 : below(model.size() + 1);
      if (below(2) == 0)
        count = std::min<std::size_t>(count, below(20));
      switch (below(8)) {
        case 0:
        case 1: {
          auto more = pattern(below(50), below(251));
          model += more;
          uut.append(slice::copy_of("##" + more).part(2));
          break;
        }
        case 2: {
          auto more = pattern(below(2 * large), below(251));
          model += more;
          uut.append(slice::copy_of(more));
          break;
        }
        case 3:
          CHECK(text(uut.peek(count)) == model.substr(0, count));
          break;
        case 4:
          CHECK(uut.take(count).text() == model.substr(0, count));
          model.erase(0, count);
          break;
        case 5:
          uut.drop(count);
          model.erase(0, count);
          break;
        case 6:
          uut.compact();
          break;
        default: {
          auto value = static_cast<char>(below(251));
          auto expected = model.find(value, count);
          auto found = uut.find(static_cast<std::byte>(value), count);
          CHECK(
            found
            == (expected == std::string::npos ? frame_buffer::npos : expected));
        }
      }
      CHECK(uut.size() == model.size());
      CHECK(uut.empty() == model.empty());
      CHECK(uut.front().empty() == model.empty());
    }
    CHECK(uut.take(uut.size()).text() == model);
  }
}
