#include "troupe/runtime/inbox.hpp"

#include <memory>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;

/// Who arrived and who was thrown away.
struct record {
  std::vector<int> arrived;
  std::vector<int> discarded;
};

class item final : public inbox_item {
public:
  item(record& seen, int number, inbox* next = nullptr)
    : seen_(seen), number_(number), next_(next) {
    // nop
  }

  void arrive(worker&) override {
    std::unique_ptr<item> self{this};
    seen_.arrived.push_back(number_);
    if (next_ != nullptr)
      next_->push(*new item(seen_, number_ + 100));
  }

  void discard() noexcept override {
    seen_.discarded.push_back(number_);
    delete this;
  }

private:
  record& seen_;
  int number_;
  inbox* next_;
};

struct fixture {
  record seen;
  inbox uut;
  test::sim_system sys;
};

TEST_CASE_FIXTURE(fixture, "Items arrive in the order of their pushing.") {
  CHECK(uut.empty());
  for (auto i = 0; i < 5; ++i)
    uut.push(*new item(seen, i));
  CHECK_FALSE(uut.empty());
  uut.deliver(sys.at(0));
  CHECK(uut.empty());
  CHECK(seen.arrived == std::vector<int>{0, 1, 2, 3, 4});
  uut.deliver(sys.at(0));
  CHECK(seen.arrived.size() == 5);
}

TEST_CASE_FIXTURE(fixture,
                  "What an arrival pushes comes with the next delivery.") {
  uut.push(*new item(seen, 1, &uut));
  uut.push(*new item(seen, 2, &uut));
  uut.deliver(sys.at(0));
  CHECK(seen.arrived == std::vector<int>{1, 2});
  uut.deliver(sys.at(0));
  CHECK(seen.arrived == std::vector<int>{1, 2, 101, 102});
}

TEST_CASE("What never arrives is thrown away, in order.") {
  record seen;
  {
    inbox uut;
    for (auto i = 0; i < 3; ++i)
      uut.push(*new item(seen, i));
  }
  CHECK(seen.discarded == std::vector<int>{0, 1, 2});
  CHECK(seen.arrived.empty());
}

TEST_CASE_FIXTURE(fixture, "Threads push without losing or mixing anything.") {
  constexpr auto threads = 4;
  constexpr auto items = 5'000;
  std::vector<std::thread> pushing;
  for (auto t = 0; t < threads; ++t)
    pushing.emplace_back([&, t] {
      for (auto i = 0; i < items; ++i)
        uut.push(*new item(seen, t * items + i));
    });
  while (seen.arrived.size() < threads * items)
    uut.deliver(sys.at(0));
  for (auto& x : pushing)
    x.join();
  std::vector<int> next(threads);
  for (auto x : seen.arrived)
    CHECK(x % items == next[static_cast<std::size_t>(x / items)]++);
}

} // namespace
