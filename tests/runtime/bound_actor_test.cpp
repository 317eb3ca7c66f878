#include "troupe/runtime/bound_actor.hpp"

#include <functional>
#include <vector>

#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/send.hpp"

#include <doctest/doctest.h>

#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

/// What passes by the behavior.
struct note {
  int number;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(note)

namespace {

using namespace troupe;
using namespace troupe::test;

struct diary {
  std::vector<int> handled;
  std::vector<int> noted;
  std::size_t turns = 0;
  std::size_t overruns = 0;
  std::uint64_t cost_ns = 0;
  sim_world* world = nullptr;
};

class writer final : public bound_actor {
public:
  writer(caf::actor_config& config, worker& home, resource_container_ptr payer,
         diary& book)
    : bound_actor(config, home, std::move(payer)), book_(book) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {[this](int x) {
      CHECK(worker::current() == &home());
      CHECK(worker::current()->payer() == payer().get());
      book_.world->burn(book_.cost_ns);
      book_.handled.push_back(x);
      if (x < 0)
        quit();
    }};
  }

  void receive(local_message& what) override {
    book_.world->burn(book_.cost_ns);
    book_.noted.push_back(content_if<note>(what)->number);
  }

  void turn_ended() override {
    ++book_.turns;
  }

  void mailbox_overrun() noexcept override {
    ++book_.overruns;
  }

private:
  diary& book_;
};

struct fixture {
  fixture() {
    book.world = &sys.world();
    payer = sys.resources().make(sys.resources().root(), "payer");
    uut = sys.actors().spawn<writer, caf::hidden>(std::ref(sys.at(1)), payer,
                                                  std::ref(book));
    REQUIRE(sys.run_until_idle());
    book.turns = 0;
  }

  ~fixture() {
    uut = nullptr;
  }

  bound_actor_ptr direct() {
    return bound_actor_ptr{uut};
  }

  diary book;
  sim_system sys{2};
  resource_container_ptr payer;
  caf::actor uut;
};

TEST_CASE_FIXTURE(fixture, "It runs on its worker, on its payer's bill.") {
  book.cost_ns = 10'000;
  sys.on_worker(0, [this](worker&) { caf::anon_send(uut, 1); });
  sys.on_worker(1, [this](worker&) { caf::anon_send(uut, 2); });
  CHECK(book.handled == std::vector<int>{1, 2});
  auto used = sys.usage(*payer).cpu_ns;
  CHECK(used >= 20'000);
  CHECK(used < 22'000);
}

TEST_CASE_FIXTURE(fixture,
                  "It gives way when its time is over, by the clock.") {
  book.cost_ns = 30'000;
  for (auto i = 0; i < 20; ++i)
    caf::anon_send(uut, i);
  REQUIRE(sys.run_until_idle());
  CHECK(book.handled.size() == 20);
  // Four of these fill a turn.
  CHECK(book.turns >= 5);
  CHECK(book.turns <= 8);
}

TEST_CASE_FIXTURE(fixture, "Cheap messages are handled in one turn.") {
  for (auto i = 0; i < 200; ++i)
    caf::anon_send(uut, i);
  REQUIRE(sys.run_until_idle());
  CHECK(book.handled.size() == 200);
  CHECK(book.turns <= 3);
}

TEST_CASE_FIXTURE(fixture, "What is delivered comes first and in order.") {
  sys.on_worker(1, [this](worker&) {
    caf::anon_send(uut, 1);
    for (auto i = 0; i < 5; ++i)
      direct()->deliver(note{i});
  });
  CHECK(book.noted == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(book.handled == std::vector<int>{1});
}

TEST_CASE_FIXTURE(fixture, "What is delivered gives way by the clock, too.") {
  book.cost_ns = 30'000;
  sys.on_worker(1, [this](worker&) {
    for (auto i = 0; i < 20; ++i)
      direct()->deliver(note{i});
  });
  CHECK(book.noted.size() == 20);
  CHECK(book.turns >= 5);
}

TEST_CASE_FIXTURE(fixture, "A full mailbox drops, and says so.") {
  constexpr auto max = static_cast<int>(limits::mailbox_messages_max);
  for (auto i = 0; i < max + 10; ++i)
    caf::anon_send(uut, i);
  CHECK(book.overruns == 10);
  REQUIRE(sys.run_until_idle());
  CHECK(book.handled.size() == limits::mailbox_messages_max);
  CHECK(book.handled.back() == max - 1);
  caf::anon_send(uut, 7);
  REQUIRE(sys.run_until_idle());
  CHECK(book.handled.back() == 7);
  CHECK(book.overruns == 10);
}

TEST_CASE_FIXTURE(fixture, "A full mailbox still takes an exit.") {
  for (std::size_t i = 0; i < limits::mailbox_messages_max; ++i)
    caf::anon_send(uut, 1);
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  REQUIRE(sys.run_until_idle());
  CHECK(book.overruns == 0);
  book.handled.clear();
  caf::anon_send(uut, 2);
  REQUIRE(sys.run_until_idle());
  CHECK(book.handled.empty());
}

TEST_CASE_FIXTURE(fixture, "One that has ended takes nothing more.") {
  caf::anon_send(uut, -1);
  caf::anon_send(uut, 2);
  REQUIRE(sys.run_until_idle());
  CHECK(book.handled == std::vector<int>{-1});
  sys.on_worker(1, [this](worker&) { direct()->deliver(note{1}); });
  caf::anon_send(uut, 3);
  REQUIRE(sys.run_until_idle());
  CHECK(book.noted.empty());
  CHECK(book.handled.size() == 1);
}

TEST_CASE_FIXTURE(fixture, "What waits at a stop is handled or gone.") {
  sys.at(1).post([self = direct()](worker&) { self->deliver(note{1}); });
  sys.at(1).post([self = direct()](worker&) { self->deliver(note{2}); });
  caf::anon_send(uut, 1);
  uut = nullptr;
  payer = nullptr;
  sys.stop();
  CHECK(book.noted.size() <= 2);
  CHECK(book.handled.size() <= 1);
}

} // namespace
