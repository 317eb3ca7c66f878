#include "troupe/runtime/local_actor.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "troupe/runtime/worker.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

struct note {
  int number;
};

struct diary {
  std::vector<int> noted;
  std::size_t turns = 0;
  std::size_t ends = 0;
  std::uint64_t cost_ns = 0;
  sim_world* world = nullptr;
  bool is_alive = true;
};

class writer final : public local_actor {
public:
  writer(worker& home, resource_container_ptr payer, diary& book)
    : local_actor(home, std::move(payer)), book_(book) {
    // nop
  }

  ~writer() override {
    book_.is_alive = false;
  }

  void receive(local_message& what) override {
    CHECK(home().payer() == payer().get());
    book_.world->burn(book_.cost_ns);
    auto number = content_if<note>(what)->number;
    book_.noted.push_back(number);
    // A hundred has it send to itself, to be taken at once and then behind.
    if (number == 100) {
      takes_at_once(true);
      deliver(note{101});
      takes_at_once(false);
      deliver(note{102});
      book_.noted.push_back(103);
    }
    if (number < 0)
      quit();
  }

  void turn_ended() override {
    ++book_.turns;
  }

  void ended() override {
    ++book_.ends;
  }

private:
  diary& book_;
};

struct fixture {
  fixture() {
    book.world = &sys.world();
    payer = sys.resources().make(sys.resources().root(), "payer");
    uut = new writer(sys.at(1), payer, book);
  }

  void deliver(std::vector<int> numbers) {
    sys.on_worker(1, [&](worker&) {
      for (auto x : numbers)
        uut->deliver(note{x});
    });
  }

  diary book;
  sim_system sys{2};
  resource_container_ptr payer;
  local_actor_ptr uut;
};

TEST_CASE_FIXTURE(fixture,
                  "It handles what is delivered in order, on a bill.") {
  book.cost_ns = 10'000;
  deliver({1, 2, 3});
  CHECK(book.noted == std::vector<int>{1, 2, 3});
  CHECK(book.turns == 1);
  auto used = sys.usage(*payer).cpu_ns;
  CHECK(used >= 30'000);
  CHECK(used < 32'000);
}

TEST_CASE_FIXTURE(fixture, "It gives way when its turn is over.") {
  book.cost_ns = 30'000;
  deliver(std::vector<int>(20, 1));
  CHECK(book.noted.size() == 20);
  // Four of these fill a turn.
  CHECK(book.turns >= 5);
  CHECK(book.turns <= 8);
}

TEST_CASE_FIXTURE(fixture, "What is taken at once comes in the middle.") {
  deliver({100});
  CHECK(book.noted == std::vector<int>{100, 101, 103, 102});
}

TEST_CASE_FIXTURE(fixture, "One that has ended takes nothing more.") {
  deliver({1, -1, 2});
  deliver({3});
  CHECK(book.noted == std::vector<int>{1, -1});
  CHECK(book.ends == 1);
  CHECK(book.is_alive);
  uut = nullptr;
  CHECK_FALSE(book.is_alive);
}

TEST_CASE_FIXTURE(fixture, "It lives as long as something is to be done.") {
  sys.on_worker(1, [&](worker&) {
    uut->deliver(note{1});
    uut = nullptr;
    CHECK(book.is_alive);
  });
  CHECK(book.noted == std::vector<int>{1});
  CHECK_FALSE(book.is_alive);
}

TEST_CASE_FIXTURE(fixture, "Another payer pays from the next turn on.") {
  auto other = sys.resources().make(sys.resources().root(), "other");
  book.cost_ns = 10'000;
  sys.on_worker(1, [&](worker&) {
    uut->deliver(note{1});
    uut->rebind(other);
  });
  CHECK(book.noted == std::vector<int>{1});
  CHECK(sys.usage(*payer).cpu_ns < 1'000);
  CHECK(sys.usage(*other).cpu_ns >= 10'000);
}

} // namespace
