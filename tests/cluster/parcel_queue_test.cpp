#include "troupe/cluster/parcel_queue.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "troupe/tests/support/seed.hpp"

namespace {

using namespace troupe;

constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint64_t never_ns = UINT64_MAX / 2;

using parcels = std::vector<parcel>;

/// A parcel of that size in all.
parcel_queue::entry make_entry(const std::string& payer, std::size_t bytes,
                               std::uint64_t number = 0,
                               std::uint64_t due_ns = never_ns) {
  parcel_queue::entry result;
  result.what.payer = payer;
  result.what.actor = number;
  result.due_ns = due_ns;
  result.what.content.resize(bytes - result.what.bytes());
  REQUIRE(result.what.bytes() == bytes);
  return result;
}

std::size_t bytes_of(const parcels& x) {
  std::size_t result = 0;
  for (auto& y : x)
    result += y.bytes();
  return result;
}

std::vector<std::uint64_t> numbers_of(const parcels& x) {
  std::vector<std::uint64_t> result;
  for (auto& y : x)
    result.push_back(y.actor);
  return result;
}

std::vector<std::uint64_t>
numbers_of(const std::vector<parcel_queue::entry>& x) {
  std::vector<std::uint64_t> result;
  for (auto& y : x)
    result.push_back(y.what.actor);
  return result;
}

/// What each payer has in `x`.
std::map<std::string, parcels_handled> receipts_of(const parcels& x) {
  std::map<std::string, parcels_handled> result;
  for (auto& y : x) {
    auto& its = result[y.payer];
    its.payer = y.payer;
    ++its.parcels;
    its.bytes += y.bytes();
  }
  return result;
}

struct fixture {
  bool push(const std::string& payer, std::size_t bytes,
            std::uint64_t number = 0, std::uint64_t due_ns = never_ns) {
    auto next = make_entry(payer, bytes, number, due_ns);
    return uut.push(next);
  }

  /// As many as there is room for.
  std::size_t fill(const std::string& payer, std::size_t bytes) {
    std::size_t result = 0;
    while (push(payer, bytes, result))
      ++result;
    return result;
  }

  parcels pop(std::uint64_t now_ns = 0) {
    auto result = uut.pop(now_ns, late);
    if (result.size() > 1)
      CHECK(bytes_of(result) <= limits::bundle_bytes_max);
    return result;
  }

  /// Bundle after bundle until there is none.
  parcels pop_all() {
    parcels result;
    for (;;) {
      auto next = pop();
      if (next.empty())
        return result;
      std::move(next.begin(), next.end(), std::back_inserter(result));
    }
  }

  void handle(const parcels& x) {
    for (auto& [payer, receipt] : receipts_of(x))
      uut.handled(receipt);
  }

  parcel_queue uut;
  std::vector<parcel_queue::entry> late;
};

// -- what waits ---------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Nothing comes out where nothing went in.") {
  CHECK(pop().empty());
  CHECK(uut.clear().empty());
  CHECK(uut.waiting() == 0);
  CHECK(uut.bytes_under_way() == 0);
}

TEST_CASE_FIXTURE(fixture, "Parcels of one payer come out in order, once.") {
  std::vector<std::uint64_t> expected;
  for (std::uint64_t i = 0; i < 200; ++i) {
    CHECK(push("a", 1'000, i));
    expected.push_back(i);
  }
  CHECK(uut.waiting() == 200);
  auto all = pop_all();
  CHECK(numbers_of(all) == expected);
  CHECK(uut.waiting() == 0);
  CHECK(uut.bytes_under_way() == 200'000);
  handle(all);
  CHECK(uut.bytes_under_way() == 0);
}

TEST_CASE_FIXTURE(fixture, "So many of one payer wait, and no more.") {
  CHECK(fill("a", 100) == limits::parcels_waiting_max);
  CHECK(uut.waiting() == limits::parcels_waiting_max);
  // That is no concern of others.
  CHECK(push("b", 100));
}

TEST_CASE_FIXTURE(fixture, "So many bytes of one payer wait, and no more.") {
  constexpr auto quarter = limits::parcel_bytes_waiting_max / 4;
  for (auto i = 0; i < 3; ++i)
    CHECK(push("a", quarter));
  CHECK(push("a", quarter - 100));
  CHECK_FALSE(push("a", 101));
  CHECK(push("a", 100));
  CHECK_FALSE(push("a", 100));
  CHECK(push("b", quarter));
}

TEST_CASE_FIXTURE(fixture, "What is refused is left alone.") {
  fill("a", 100);
  auto next = make_entry("a", 1'000, 7, 9);
  CHECK_FALSE(uut.push(next));
  CHECK(next.what.payer == "a");
  CHECK(next.what.actor == 7);
  CHECK(next.what.bytes() == 1'000);
  CHECK(next.due_ns == 9);
  CHECK(uut.waiting() == limits::parcels_waiting_max);
}

TEST_CASE_FIXTURE(fixture, "What has left makes room.") {
  fill("a", 100);
  auto sent = pop();
  CHECK_FALSE(sent.empty());
  for (std::size_t i = 0; i < sent.size(); ++i)
    CHECK(push("a", 100));
  CHECK_FALSE(push("a", 100));
}

// -- bundles ------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "A bundle is filled to the last byte.") {
  constexpr auto half = limits::bundle_bytes_max / 2;
  push("a", half);
  push("b", half);
  push("b", 100);
  CHECK(bytes_of(pop()) == limits::bundle_bytes_max);
  CHECK(bytes_of(pop()) == 100);
  push("a", half);
  push("b", half + 1);
  CHECK(bytes_of(pop()) == half);
  CHECK(bytes_of(pop()) == half + 1);
}

TEST_CASE_FIXTURE(fixture, "Who is larger than a bundle travels alone.") {
  constexpr auto large = limits::parcel_bytes_max;
  push("a", 100, 1);
  push("a", large, 2);
  push("a", 100, 3);
  CHECK(numbers_of(pop()) == std::vector<std::uint64_t>{1});
  CHECK(numbers_of(pop()) == std::vector<std::uint64_t>{2});
  CHECK(numbers_of(pop()) == std::vector<std::uint64_t>{3});
  CHECK(pop().empty());
}

TEST_CASE_FIXTURE(fixture, "Others are not kept by who is larger.") {
  push("large", limits::parcel_bytes_max);
  push("small", 100);
  CHECK(receipts_of(pop()).contains("small"));
  CHECK(receipts_of(pop()).contains("large"));
}

// -- turns --------------------------------------------------------------------

// Of smaller ones parcels_under_way_max do not fill a bundle.
const std::vector<std::size_t> sizes = {300,    1'000,  1'024,   5'000,
                                        40'000, 65'536, 100'000, 1'000'000};

TEST_CASE_FIXTURE(fixture, "Who sends much does not delay who sends little.") {
  for (auto size : sizes) {
    CAPTURE(size);
    fill("greedy", size);
    pop();
    push("modest", 200);
    // After what the greedy one may still send in its turn.
    auto found = false;
    for (auto i = 0; i < 4; ++i)
      found = receipts_of(pop()).contains("modest") || found;
    CHECK(found);
    uut.clear();
  }
}

TEST_CASE_FIXTURE(fixture, "Nor does it if all it sends is handled at once.") {
  for (auto size : sizes) {
    CAPTURE(size);
    auto found = 0;
    for (auto i = 0; i < 100; ++i) {
      fill("greedy", size);
      push("modest", 200);
      auto next = pop();
      found += receipts_of(next).contains("modest") ? 1 : 0;
      handle(next);
    }
    CHECK(found >= 20);
    uut.clear();
  }
}

TEST_CASE_FIXTURE(fixture, "Two that send much get as many bytes each.") {
  for (auto a : sizes)
    for (auto b : sizes) {
      CAPTURE(a);
      CAPTURE(b);
      std::map<std::string, std::uint64_t> sent;
      for (auto i = 0; i < 400; ++i) {
        fill("a", a);
        fill("b", b);
        auto next = pop();
        REQUIRE_FALSE(next.empty());
        for (auto& [payer, x] : receipts_of(next))
          sent[payer] += x.bytes;
        handle(next);
      }
      auto most = std::max(sent["a"], sent["b"]);
      auto least = std::min(sent["a"], sent["b"]);
      // They differ by no more than a turn and the largest parcel.
      CHECK(most - least <= 2 * (limits::bundle_bytes_max + std::max(a, b)));
      uut.clear();
    }
}

TEST_CASE_FIXTURE(fixture, "Who had to wait for credit has no more turns.") {
  // One byte of credit after the other comes back to the slow one.
  fill("slow", 100);
  auto sent = pop_all();
  for (auto i = 0; i < 500; ++i) {
    fill("slow", 100);
    uut.handled({"slow", 1, 100});
    CHECK(pop().size() == 1);
  }
  uut.handled({"slow", 1'000, 1'000'000});
  auto until_other = 0;
  for (auto found = false; !found && until_other < 100; ++until_other) {
    fill("slow", 1'000);
    push("other", 100);
    auto next = pop();
    found = receipts_of(next).contains("other");
    handle(next);
  }
  CHECK(until_other <= 3);
}

// -- credit -------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Who has too many under way waits alone.") {
  fill("a", 100);
  auto sent = pop_all();
  CHECK(sent.size() == limits::parcels_under_way_max);
  CHECK(uut.waiting() == limits::parcels_waiting_max - sent.size());
  push("b", 100);
  CHECK(receipts_of(pop()).at("b").parcels == 1);
  CHECK(pop().empty());
  uut.handled({"a", 1, 100});
  CHECK(numbers_of(pop()) == std::vector<std::uint64_t>{sent.size()});
  CHECK(pop().empty());
}

TEST_CASE_FIXTURE(fixture, "Who has too many bytes under way waits alone.") {
  constexpr auto size = limits::parcel_bytes_max;
  CHECK(fill("a", size) == 4);
  auto sent = pop_all();
  CHECK(bytes_of(sent) == limits::parcel_bytes_under_way_max);
  CHECK(uut.bytes_under_way() == limits::parcel_bytes_under_way_max);
  push("b", 100);
  CHECK(receipts_of(pop()).contains("b"));
  CHECK(pop().empty());
  // A byte is enough for the next one.
  uut.handled({"a", 0, 1});
  CHECK(pop().size() == 1);
  CHECK(pop().empty());
}

TEST_CASE_FIXTURE(fixture, "All together have a bound, too.") {
  constexpr auto size = limits::parcel_bytes_max;
  constexpr auto all = limits::link_bytes_under_way_max;
  for (std::size_t i = 0; i <= all / size; ++i)
    push(std::to_string(i), size);
  auto sent = pop_all();
  CHECK(sent.size() == all / size);
  CHECK(uut.bytes_under_way() == all);
  CHECK(uut.waiting() == 1);
  handle({sent[0]});
  CHECK(pop_all().size() == 1);
  CHECK(uut.waiting() == 0);
}

TEST_CASE_FIXTURE(fixture, "More handled than there is counts as all.") {
  fill("a", 100);
  fill("b", 100);
  pop_all();
  uut.handled({"a", UINT32_MAX, UINT64_MAX});
  CHECK(uut.bytes_under_way() == 100 * limits::parcels_under_way_max);
  CHECK(pop_all().size() == limits::parcels_under_way_max);
  uut.handled({"nobody", 1, 1});
  uut.handled({"b", UINT32_MAX, UINT64_MAX});
  uut.handled({"a", UINT32_MAX, UINT64_MAX});
  CHECK(uut.bytes_under_way() == 0);
  uut.handled({"a", 1, 1});
  CHECK(uut.bytes_under_way() == 0);
}

TEST_CASE_FIXTURE(fixture, "With the last parcel its bytes are handled, too.") {
  fill("a", 100'000);
  auto sent = pop_all();
  CHECK(uut.waiting() > 0);
  uut.handled({"a", static_cast<std::uint32_t>(sent.size()), 0});
  CHECK(uut.bytes_under_way() == 0);
  CHECK_FALSE(pop().empty());
}

// -- time ---------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "What is due is late, the rest is told the time.") {
  push("a", 100, 1, 10 * ns_per_ms);
  push("a", 100, 2, 20 * ns_per_ms);
  push("a", 100, 3, 30 * ns_per_ms + 1);
  push("b", 100, 4, 20 * ns_per_ms - 1);
  auto next = pop(20 * ns_per_ms);
  CHECK(numbers_of(next) == std::vector<std::uint64_t>{3});
  CHECK(next[0].remaining_ms == 10);
  CHECK(numbers_of(late) == std::vector<std::uint64_t>{1, 2, 4});
  CHECK(uut.waiting() == 0);
  CHECK(uut.bytes_under_way() == 100);
}

TEST_CASE_FIXTURE(fixture, "The last nanosecond counts.") {
  push("a", 100, 1, 5 * ns_per_ms);
  push("b", 100, 2, 5 * ns_per_ms + 1);
  auto next = pop(5 * ns_per_ms);
  CHECK(numbers_of(next) == std::vector<std::uint64_t>{2});
  CHECK(next[0].remaining_ms == 0);
  CHECK(numbers_of(late) == std::vector<std::uint64_t>{1});
}

TEST_CASE_FIXTURE(fixture, "The longest lifetime fits.") {
  push("a", 100, 1, limits::parcel_lifetime_ms_max * ns_per_ms);
  CHECK(pop().at(0).remaining_ms == limits::parcel_lifetime_ms_max);
}

TEST_CASE_FIXTURE(fixture, "What is late takes neither room nor credit.") {
  for (std::uint64_t i = 0; i < limits::parcels_waiting_max; ++i)
    CHECK(push("a", 100, i, 1));
  CHECK(pop(1).empty());
  CHECK(late.size() == limits::parcels_waiting_max);
  CHECK(uut.waiting() == 0);
  CHECK(uut.bytes_under_way() == 0);
  CHECK(fill("a", 100) == limits::parcels_waiting_max);
}

// -- the end ------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "What is cleared is as new.") {
  fill("a", 1'000);
  fill("b", 1'000);
  auto sent = pop().size();
  auto left = uut.clear();
  CHECK(left.size() == 2 * limits::parcels_waiting_max - sent);
  CHECK(uut.waiting() == 0);
  CHECK(uut.bytes_under_way() == 0);
  CHECK(pop().empty());
  // Receipts for what was sent before are too late.
  uut.handled({"a", 1, 1'000});
  CHECK(uut.bytes_under_way() == 0);
  CHECK(fill("a", 1'000) == limits::parcels_waiting_max);
  CHECK(pop_all().size() == limits::parcels_under_way_max);
}

TEST_CASE_FIXTURE(fixture,
                  "Whatever happens, sums are right and all arrives.") {
  std::mt19937_64 random{test::seed()};
  auto below = [&](std::uint64_t n) { return random() % n; };
  for (auto round = 0; round < 20; ++round) {
    std::map<std::string, std::vector<std::uint64_t>> pushed;
    std::map<std::string, std::vector<std::uint64_t>> popped;
    parcels under_way;
    std::uint64_t number = 0;
    auto take = [&] {
      auto next = pop();
      for (auto& x : next) {
        popped[x.payer].push_back(x.actor);
        under_way.push_back(std::move(x));
      }
    };
    for (auto i = 0; i < 2'000; ++i)
      switch (below(4)) {
        case 0:
        case 1: {
          auto payer = std::string(1, static_cast<char>('a' + below(4)));
          auto size = 100 + below(below(20) == 0 ? 900'000 : 3'000);
          if (push(payer, size, ++number))
            pushed[payer].push_back(number);
          break;
        }
        case 2:
          take();
          break;
        default:
          if (!under_way.empty()) {
            auto which = below(under_way.size());
            handle({under_way[which]});
            under_way[which] = std::move(under_way.back());
            under_way.pop_back();
          }
          CHECK(uut.bytes_under_way() == bytes_of(under_way));
      }
    for (auto i = 0; i < 10'000 && uut.waiting() > 0; ++i) {
      handle(under_way);
      under_way.clear();
      take();
    }
    handle(under_way);
    CHECK(uut.waiting() == 0);
    CHECK(uut.bytes_under_way() == 0);
    CHECK(popped == pushed);
    CHECK(late.empty());
  }
}

} // namespace
