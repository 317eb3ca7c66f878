#include "troupe/runtime/scheduler.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include "caf/actor_ostream.hpp"
#include "caf/send.hpp"

#include <doctest/doctest.h>

#include "troupe/runtime/tsc_clock.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/plain_actor.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

/// Runs a function once, on somebody's bill.
class once final : public runnable {
public:
  once(resource_container_ptr payer, std::function<void()> f)
    : runnable(std::move(payer)), f_(std::move(f)) {
    // nop
  }

  bool run(worker&, turn&) override {
    f_();
    return false;
  }

  void discard() noexcept override {
    // nop
  }

private:
  std::function<void()> f_;
};

struct fixture {
  explicit fixture(std::size_t workers = 1) : sys(workers) {
    // nop
  }

  resource_container_ptr make(const char* name, std::uint32_t shares = 100) {
    resource_attributes attributes;
    attributes.shares = shares;
    return sys.resources().make(sys.resources().root(), name, attributes);
  }

  std::uint64_t cpu_ns(const resource_container_ptr& x) {
    return sys.usage(*x).cpu_ns;
  }

  /// Runs `f` in a turn that `payer` pays for, and what it causes.
  void run_for(const resource_container_ptr& payer, std::function<void()> f) {
    once x{payer, std::move(f)};
    sys.on_worker(0, [&](worker& w) { w.schedule(x); });
  }

  sim_system sys;
};

struct two_workers : fixture {
  two_workers() : fixture(2) {
    // nop
  }
};

// -- who pays
// ----------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "An actor is paid by who spawned it, for good.") {
  auto a = make("a");
  auto b = make("b");
  caf::actor worker_actor;
  run_for(a, [&] {
    worker_actor = spawn_plain(sys.actors(), [&](auto*) -> caf::behavior {
      return {[&](int x) {
        sys.world().burn(static_cast<std::uint64_t>(x) * 1'000);
      }};
    });
  });
  auto before = cpu_ns(b);
  run_for(b, [&] { caf::anon_send(worker_actor, 100); });
  caf::anon_send(worker_actor, 200);
  REQUIRE(sys.run_until_idle());
  CHECK(cpu_ns(a) >= 300'000);
  CHECK(cpu_ns(a) < 302'000);
  CHECK(cpu_ns(b) - before < 2'000);
}

TEST_CASE_FIXTURE(two_workers, "What an actor spawns has the same payer.") {
  auto a = make("a");
  run_for(a, [&] {
    spawn_plain(sys.actors(), [&](auto*) -> caf::behavior {
      spawn_plain(sys.actors(), [&](auto*) -> caf::behavior {
        sys.world().burn(500'000);
        return {};
      });
      return {};
    });
  });
  CHECK(cpu_ns(a) >= 500'000);
}

TEST_CASE_FIXTURE(fixture, "An actor nobody placed is the application's.") {
  auto x = spawn_plain(sys.actors(), [&](auto*) -> caf::behavior {
    return {[&](int) { sys.world().burn(400'000); }};
  });
  caf::anon_send(x, 1);
  REQUIRE(sys.run_until_idle());
  CHECK(cpu_ns(sys.resources().application()) >= 400'000);
}

TEST_CASE_FIXTURE(fixture, "Placements are forgotten with their actors.") {
  auto a = make("a");
  caf::actor_id id = 0;
  run_for(a, [&] {
    auto x = spawn_plain(sys.actors(), [&](auto* self) -> caf::behavior {
      return {[=](int) { self->quit(); }};
    });
    id = x.id();
    caf::anon_send(x, 1);
  });
  resource_container_ptr payer = sys.resources().application();
  CHECK_FALSE(sys.parent().plain_actors().find_or_insert(id, payer));
  sys.parent().plain_actors().erase(id);
  sys.usage();
  auto weight = sys.resources().snapshot().size();
  a = nullptr;
  sys.usage();
  CHECK(sys.resources().snapshot().size() == weight - 1);
}

TEST_CASE_FIXTURE(fixture, "Two that message themselves share the worker.") {
  // On CAF's own scheduler one of them starves, or takes a hundred times more.
  auto busy = [&](std::uint64_t cost_ns) {
    return [&, cost_ns] {
      spawn_plain(sys.actors(), [&, cost_ns](auto* self) -> caf::behavior {
        self->send(self, 1);
        return {[&, self, cost_ns](int x) {
          sys.world().burn(cost_ns);
          self->send(self, x);
        }};
      });
    };
  };
  auto cheap = make("cheap", 1);
  auto dear = make("dear", 1);
  once x{cheap, busy(1'000)};
  once y{dear, busy(100'000)};
  sys.at(0).post([&](worker& w) {
    w.schedule(x);
    w.schedule(y);
  });
  sys.run_for(100'000'000);
  auto cheap_before = cpu_ns(cheap);
  auto dear_before = cpu_ns(dear);
  sys.run_for(1'000'000'000);
  auto a = static_cast<double>(cpu_ns(cheap) - cheap_before);
  auto b = static_cast<double>(cpu_ns(dear) - dear_before);
  MESSAGE("cheap part: ", a / (a + b));
  CHECK(a / (a + b) > 0.49);
  CHECK(a / (a + b) < 0.51);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
}

// -- work that any worker may do ---------------------------------------------

/// Plain actors that were spawned on the first of two workers, on the bill of
/// `payer`, and work in steps.
struct movable_work : two_workers {
  void spawn(std::size_t actors, std::uint64_t step_ns, int steps) {
    once x{payer, [=, this] {
             for (std::size_t i = 0; i < actors; ++i) {
               auto actor = spawn_plain(sys.actors(), [=, this](auto* self) {
                 return caf::behavior{[=, this](int left) {
                   sys.world().burn(step_ns);
                   ++steps_at[worker::current()->index()];
                   if (left > 1)
                     self->send(self, left - 1);
                 }};
               });
               caf::anon_send(actor, steps);
             }
           }};
    sys.at(0).schedule(x);
    sys.at(0).run_round(false);
  }

  /// As if both had threads; a worker that sleeps may be woken.
  void run_rounds(int count) {
    for (auto i = 0; i < count; ++i) {
      sys.at(1).run_round(true);
      sys.at(0).run_round(false);
      sys.at(1).run_round(false);
    }
  }

  resource_container_ptr payer = make("payer");
  std::size_t steps_at[2] = {0, 0};
};

TEST_CASE_FIXTURE(movable_work, "An idle worker takes what waits on another.") {
  spawn(4, 1'000'000, 100);
  run_rounds(100);
  REQUIRE(sys.run_until_idle());
  CHECK(steps_at[0] + steps_at[1] == 400);
  CHECK(steps_at[0] > 100);
  CHECK(steps_at[1] > 100);
  CHECK(cpu_ns(payer) >= 400'000'000);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
}

TEST_CASE_FIXTURE(movable_work, "What does not wait for long stays.") {
  spawn(4, 10'000, 2);
  run_rounds(100);
  REQUIRE(sys.run_until_idle());
  CHECK(steps_at[0] == 8);
}

TEST_CASE_FIXTURE(movable_work, "What is held back stays, and asks nobody.") {
  spawn(4, 1'000'000, 100);
  payer->freeze();
  sys.at(0).run_round(false);
  auto steps = steps_at[0];
  run_rounds(10);
  CHECK(steps_at[0] == steps);
  CHECK(steps_at[1] == 0);
  payer->thaw();
  run_rounds(100);
  REQUIRE(sys.run_until_idle());
  CHECK(steps_at[1] > 100);
  CHECK(steps_at[0] + steps_at[1] == 400);
}

TEST_CASE("Threads share what was spawned on one of them.") {
  caf::actor_system_config config;
  scheduler_options options;
  options.workers = 2;
  scheduler::load(config, options);
  std::atomic<std::size_t> steps_at[2] = {0, 0};
  {
    caf::actor_system system{config};
    scheduler::of(system).at(0).post([&](worker&) {
      for (auto i = 0; i < 4; ++i)
        caf::anon_send(spawn_plain(system,
                                   [&](auto* self) {
                                     return caf::behavior{[&, self](int left) {
                                       tsc_clock time;
                                       auto end_ns = time.now_ns() + 2'000'000;
                                       while (time.now_ns() < end_ns)
                                         ; // nop
                                       ++steps_at[worker::current()->index()];
                                       if (left > 1)
                                         self->send(self, left - 1);
                                     }};
                                   }),
                       100);
    });
    auto end = std::chrono::steady_clock::now() + 20s;
    while (steps_at[0] + steps_at[1] < 400
           && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(1ms);
  }
  CHECK(steps_at[0] + steps_at[1] == 400);
  CHECK(steps_at[0] > 0);
  CHECK(steps_at[1] > 0);
}

// -- where a plain actor runs -----------------------------------------------

TEST_CASE("Workers come in turn, and one's own first.") {
  sim_system sys{3};
  CHECK(sys.parent().workers() == 3);
  CHECK_FALSE(sys.parent().has_threads());
  auto& first = sys.parent().next_worker();
  CHECK(&sys.parent().next_worker() != &first);
  CHECK(&sys.parent().next_worker() != &first);
  CHECK(&sys.parent().next_worker() == &first);
  sys.on_worker(1, [&](worker& w) {
    CHECK(&sys.parent().any_worker() == &w);
    CHECK(w.index() == 1);
  });
}

// -- CAF's clock
// ---------------------------------------------------------------------------

TEST_CASE_FIXTURE(two_workers, "Delayed messages come in virtual time.") {
  std::vector<int> seen;
  auto x = spawn_plain(sys.actors(), [&](auto* self) -> caf::behavior {
    self->delayed_send(self, 300ms, 3);
    self->delayed_send(self, 100ms, 1);
    self->delayed_send(self, 200ms, 2);
    return {[&](int y) { seen.push_back(y); }};
  });
  REQUIRE(sys.run_until_idle());
  sys.advance(150);
  CHECK(seen == std::vector<int>{1});
  sys.advance(200);
  CHECK(seen == std::vector<int>{1, 2, 3});
}

TEST_CASE_FIXTURE(two_workers, "A request times out when it is due, once.") {
  auto mute = spawn_plain(sys.actors(), [](auto* self) -> caf::behavior {
    return {[=](int) { return self->make_response_promise(); },
            [](bool) { return true; }};
  });
  auto timeouts = 0;
  auto answers = 0;
  spawn_plain(sys.actors(), [&](auto* self) -> caf::behavior {
    self->request(mute, 500ms, 1)
      .then([&](int) { ++answers; },
            [&](caf::error& x) { timeouts += x == caf::sec::request_timeout; });
    self->request(mute, 500ms, true).then([&](bool) { ++answers; });
    return {[](int) {}};
  });
  REQUIRE(sys.run_until_idle());
  CHECK(answers == 1);
  sys.advance(490);
  CHECK(timeouts == 0);
  sys.advance(20);
  CHECK(timeouts == 1);
  sys.advance(2'000);
  CHECK(timeouts == 1);
  CHECK(answers == 1);
}

TEST_CASE_FIXTURE(two_workers, "A receive timeout comes after silence.") {
  auto timeouts = 0;
  auto x = spawn_plain(sys.actors(), [&](auto*) -> caf::behavior {
    return {[](int) {}, caf::after(1s) >> [&] { ++timeouts; }};
  });
  for (auto i = 0; i < 5; ++i) {
    sys.advance(800);
    caf::anon_send(x, 1);
  }
  CHECK(timeouts == 0);
  sys.advance(1'100);
  CHECK(timeouts == 1);
}

// -- the rest of what CAF expects

TEST_CASE_FIXTURE(fixture, "What actors print becomes a line of the log.") {
  log_capture log;
  spawn_plain(sys.actors(), [](auto* self) -> caf::behavior {
    caf::aout(self) << "hello there" << std::endl;
    return {};
  });
  REQUIRE(sys.run_until_idle());
  CHECK(log.has("info actor_output"));
  CHECK(log.has("text=\"hello there\""));
}

TEST_CASE_FIXTURE(two_workers, "Actors that wait are gone after a stop.") {
  auto guard = std::make_shared<int>(0);
  std::weak_ptr<int> alive = guard;
  auto x = spawn_plain(sys.actors(), [guard](auto* self) -> caf::behavior {
    self->delayed_send(self, 1h, 1);
    return {[guard](int) {}};
  });
  guard = nullptr;
  REQUIRE(sys.run_until_idle());
  CHECK_FALSE(alive.expired());
  x = nullptr;
  sys.stop();
  CHECK(alive.expired());
}

TEST_CASE_FIXTURE(two_workers, "Actors that have work are gone after a stop.") {
  auto guard = std::make_shared<int>(0);
  std::weak_ptr<int> alive = guard;
  spawn_plain(sys.actors(), [guard](auto* self) -> caf::behavior {
    self->send(self, 1);
    return {[self, guard](int y) { self->send(self, y); }};
  });
  guard = nullptr;
  for (auto i = 0; i < 5; ++i)
    sys.run_round();
  CHECK_FALSE(alive.expired());
  sys.stop();
  CHECK(alive.expired());
}

} // namespace
