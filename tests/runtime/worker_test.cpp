#include "troupe/runtime/worker.hpp"

#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/runtime/scheduler.hpp"
#include "troupe/tests/runtime/looper.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

struct callback final : timer_wheel::timer {
  explicit callback(std::function<void(std::uint64_t)> f) : then(std::move(f)) {
    // nop
  }

  void expired(std::uint64_t now_ns) override {
    then(now_ns);
  }

  std::function<void(std::uint64_t)> then;
};

struct fixture {
  explicit fixture(std::size_t workers = 2) : sys{workers} {
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

  /// Lets those come to an end who would run for ever.
  void end() {
    is_over = true;
    REQUIRE(sys.run_until_idle());
  }

  bool is_over = false;
  sim_system sys;
  worker& here = sys.at(0);
};

/// A second worker on the same thread would begin to look anew each round.
struct one_worker : fixture {
  one_worker() : fixture{1} {
    // nop
  }
};

// -- turns
// -----------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "A turn is paid by whoever it is run for.") {
  auto payer = make("payer");
  resource_container* seen = nullptr;
  looper x{payer, [&](worker& w) {
             seen = w.payer();
             sys.world().burn(10'000);
             return false;
           }};
  sys.on_worker(0, [&](worker& w) {
    CHECK(w.payer() == nullptr);
    w.schedule(x);
  });
  CHECK(seen == payer.get());
  CHECK(here.payer() == nullptr);
  CHECK(cpu_ns(payer) >= 10'000);
  CHECK(cpu_ns(payer) <= 10'200);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
}

TEST_CASE_FIXTURE(fixture, "Who would run for ever gives way after a turn.") {
  std::vector<char> order;
  auto steps = 0;
  looper endless{make("endless"), [&](worker&) {
                   sys.world().burn(10'000);
                   if (order.empty() || order.back() != 'e')
                     order.push_back('e');
                   return ++steps < 100;
                 }};
  looper once{make("once"), [&](worker&) {
                order.push_back('o');
                return false;
              }};
  sys.on_worker(0, [&](worker& w) {
    w.schedule(endless);
    w.schedule(once);
  });
  CHECK(order == std::vector<char>{'e', 'o', 'e'});
  // Ten steps fill a turn.
  CHECK(endless.turns >= 10);
  CHECK(endless.turns <= 11);
}

/// Turns of two that work all the time, one of which stops once.
struct stop_fixture : one_worker {
  void run(std::function<void()> stop) {
    auto steps = 0;
    auto work = [&] {
      sys.world().burn(10'000);
      return !is_over;
    };
    looper x{make("a"), [&](worker&) {
               if (steps++ == 5)
                 stop();
               return work();
             }};
    looper y{make("b"), [&](worker&) { return work(); }};
    here.post([&](worker& w) {
      w.schedule(x);
      w.schedule(y);
    });
    sys.run_for(30'000'000);
    stopped = x.turns;
    other = y.turns;
    end();
    CHECK(sys.usage().cpu_ns == sys.cpu_ns());
  }

  std::size_t stopped = 0;
  std::size_t other = 0;
};

TEST_CASE_FIXTURE(stop_fixture, "Who is interrupted does not pay for it.") {
  run([this] { sys.world().advance(20'000'000); });
  CHECK(stopped >= 45);
  CHECK(stopped + 2 >= other);
  CHECK(other + 2 >= stopped);
}

TEST_CASE_FIXTURE(stop_fixture, "Who waits in a handler pays for it.") {
  run([this] { sys.world().block(20'000'000); });
  CHECK(stopped <= 2);
  CHECK(other >= 90);
}

TEST_CASE_FIXTURE(stop_fixture, "Who waits in a handler pays for it, also "
                                "after the worker has slept.") {
  sys.advance(50);
  run([this] { sys.world().block(20'000'000); });
  CHECK(stopped <= 2);
}

TEST_CASE_FIXTURE(stop_fixture, "Who is interrupted does not pay for it, also "
                                "after the worker has slept.") {
  sys.advance(50);
  run([this] { sys.world().advance(20'000'000); });
  CHECK(stopped >= 45);
}

TEST_CASE_FIXTURE(one_worker, "A long turn pays in spite of what others lost "
                              "long before.") {
  auto late = make("late");
  looper often{make("often"), [&](worker&) {
                 sys.world().burn(40'000);
                 sys.world().advance(10'000);
                 return !is_over;
               }};
  looper once{late, [&](worker&) {
                sys.world().burn(600'000);
                return false;
              }};
  here.post([&](worker& w) { w.schedule(often); });
  sys.run_for(50'000'000);
  here.post([&](worker& w) { w.schedule(once); });
  sys.run_for(5'000'000);
  // A fifth of the millisecond before was somebody else's.
  CHECK(cpu_ns(late) >= 350'000);
  CHECK(cpu_ns(late) <= 601'000);
  end();
}

TEST_CASE_FIXTURE(one_worker, "An interruption within a section is nobody's, "
                              "either.") {
  auto payer = make("payer");
  auto other = make("other");
  looper x{payer, [&](worker&) {
             sys.world().burn(30'000);
             worker::section charged{other};
             sys.world().burn(10'000);
             sys.world().advance(20'000'000);
             return false;
           }};
  here.post([&](worker& w) { w.schedule(x); });
  REQUIRE(sys.run_until_idle());
  CHECK(cpu_ns(payer) >= 30'000);
  CHECK(cpu_ns(payer) <= 31'000);
  CHECK(cpu_ns(other) >= 10'000);
  CHECK(cpu_ns(other) <= 11'000);
}

TEST_CASE_FIXTURE(fixture, "What other threads have used counts in shares, "
                           "and beside the worker's time.") {
  auto a = make("a");
  auto b = make("b");
  auto busy = [&](worker&) {
    sys.world().burn(10'000);
    return !is_over;
  };
  looper x{a, busy};
  looper y{b, busy};
  here.post([&](worker& w) {
    w.schedule(x);
    w.schedule(y);
  });
  sys.run_for(10'000'000);
  here.post([&](worker& w) { w.charge_elsewhere(*a, 50'000'000); });
  auto a_before = cpu_ns(a);
  auto b_before = cpu_ns(b);
  sys.run_for(100'000'000);
  auto both = static_cast<double>(cpu_ns(a) - a_before + cpu_ns(b) - b_before);
  auto part = static_cast<double>(cpu_ns(a) - a_before) / both;
  CHECK(part > 0.49);
  CHECK(part < 0.51);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns() + 50'000'000);
  end();
}

TEST_CASE_FIXTURE(fixture, "Two that are always busy share by their shares.") {
  auto poor = make("poor", 1);
  auto rich = make("rich", 3);
  auto busy = [&](std::uint64_t cost_ns) {
    return [&, cost_ns](worker&) {
      sys.world().burn(cost_ns);
      return !is_over;
    };
  };
  // The poor one has the dearer steps.
  looper x{poor, busy(70'000)};
  looper y{rich, busy(7'000)};
  here.post([&](worker& w) {
    w.schedule(x);
    w.schedule(y);
  });
  sys.run_for(1'000'000'000);
  auto part = static_cast<double>(cpu_ns(poor))
              / static_cast<double>(cpu_ns(poor) + cpu_ns(rich));
  CHECK(part > 0.249);
  CHECK(part < 0.251);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
  end();
}

TEST_CASE_FIXTURE(fixture,
                  "Work behind the last look is paid by its own turn.") {
  // Looks first and then does something dear, as the last of its turn.
  class late final : public runnable {
  public:
    late(resource_container_ptr payer, sim_world& world)
      : runnable(std::move(payer)), world_(world) {
      // nop
    }

    bool run(worker&, turn& now) override {
      static_cast<void>(now.is_over());
      world_.burn(50'000);
      static_cast<void>(now.is_over());
      return false;
    }

    void discard() noexcept override {
      // nop
    }

  private:
    sim_world& world_;
  };
  auto dear = make("dear");
  auto cheap = make("cheap");
  late x{dear, sys.world()};
  looper y{cheap, [](worker&) { return false; }};
  sys.on_worker(0, [&](worker& w) {
    w.schedule(x);
    w.schedule(y);
  });
  CHECK(cpu_ns(dear) >= 50'000);
  CHECK(cpu_ns(cheap) < 1'000);
}

TEST_CASE_FIXTURE(fixture,
                  "Sockets and timers are looked at while there is work.") {
  std::uint64_t last_ns = 0;
  std::uint64_t longest_ns = 0;
  looper endless{make("endless"), [&](worker&) {
                   sys.world().burn(10'000);
                   return !is_over;
                 }};
  here.post([&](worker& w) { w.schedule(endless); });
  for (auto i = 0; i < 100; ++i) {
    last_ns = sys.world().now_ns();
    here.run_round(false);
    longest_ns = std::max(longest_ns, sys.world().now_ns() - last_ns);
  }
  CHECK(longest_ns < limits::round_ns_max + limits::turn_ns_max + 20'000);
  end();
}

TEST_CASE_FIXTURE(fixture,
                  "What comes from elsewhere waits for one turn at most.") {
  std::uint64_t posted_ns = 0;
  std::uint64_t waited_ns = 0;
  looper endless{make("endless"), [&](worker&) {
                   if (posted_ns == 0) {
                     posted_ns = sys.world().now_ns();
                     here.post([&](worker&) {
                       waited_ns = sys.world().now_ns() - posted_ns;
                     });
                   }
                   sys.world().burn(10'000);
                   return !is_over;
                 }};
  here.post([&](worker& w) { w.schedule(endless); });
  here.run_round(false);
  here.run_round(false);
  CHECK(waited_ns > 0);
  CHECK(waited_ns < limits::turn_ns_max + 20'000);
  end();
}

TEST_CASE_FIXTURE(fixture, "What is destroyed in a turn is gone before the "
                           "worker sleeps.") {
  auto doomed = make("doomed");
  doomed->freeze();
  std::uint64_t destroyed_ns = 0;
  std::uint64_t lifted_ns = 0;
  looper frozen{doomed, [&](worker&) {
                  lifted_ns = sys.world().now_ns();
                  return false;
                }};
  looper killer{make("killer"), [&](worker&) {
                  doomed->destroy("a test");
                  destroyed_ns = sys.world().now_ns();
                  sys.world().burn(limits::round_ns_max);
                  return false;
                }};
  looper last{make("last"), [](worker&) { return false; }};
  here.post([&](worker& w) {
    for (auto* x : {&frozen, &killer, &last})
      w.schedule(*x);
  });
  here.run_round(true);
  CHECK(frozen.turns == 0);
  here.run_round(true);
  CHECK(last.turns == 1);
  // Its limits do not hold up its end.
  CHECK(frozen.turns == 1);
  CHECK(lifted_ns - destroyed_ns < 2 * limits::round_ns_max);
}

// -- what comes from elsewhere
// --------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "What is posted runs in order, on that worker.") {
  std::vector<int> seen;
  for (auto i = 0; i < 5; ++i)
    here.post([&, i](worker& w) {
      CHECK(&w == &here);
      CHECK(worker::current() == &here);
      seen.push_back(i);
    });
  CHECK(here.is_busy());
  REQUIRE(sys.run_until_idle());
  CHECK(seen == std::vector<int>{0, 1, 2, 3, 4});
  CHECK_FALSE(here.is_busy());
}

TEST_CASE_FIXTURE(fixture, "A worker schedules on another one.") {
  worker* ran_on = nullptr;
  looper x{make("x"), [&](worker& w) {
             ran_on = &w;
             return false;
           }};
  sys.on_worker(0, [&](worker&) { sys.at(1).schedule(x); });
  CHECK(ran_on == &sys.at(1));
}

TEST_CASE_FIXTURE(fixture, "What is queued at a stop is discarded.") {
  // Owns itself, as what is queued for good must.
  class doomed final : public runnable {
  public:
    doomed(resource_container_ptr payer, bool& is_discarded)
      : runnable(std::move(payer)), is_discarded_(is_discarded) {
      // nop
    }

    bool run(worker&, turn&) override {
      return true;
    }

    void discard() noexcept override {
      is_discarded_ = true;
      delete this;
    }

  private:
    bool& is_discarded_;
  };
  auto is_discarded = false;
  here.post([&](worker& w) {
    w.schedule(*new doomed{make("x"), is_discarded});
  });
  sys.run_round();
  CHECK_FALSE(is_discarded);
  sys.stop();
  CHECK(is_discarded);
}

TEST_CASE_FIXTURE(fixture, "What is posted to a worker that ends is dropped.") {
  auto guard = std::make_shared<int>(0);
  std::weak_ptr<int> alive = guard;
  here.post([guard](worker&) {});
  guard = nullptr;
  CHECK_FALSE(alive.expired());
  sys.stop();
  CHECK(alive.expired());
}

// -- time
// ---------------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "An idle worker sleeps until its next timer.") {
  std::uint64_t fired_ns = 0;
  callback timer{[&](std::uint64_t now_ns) { fired_ns = now_ns; }};
  REQUIRE(sys.run_until_idle());
  auto due_ns = sys.world().now_ns() + 300'000'000;
  here.timers().set(timer, due_ns);
  auto rounds = 0;
  for (; fired_ns == 0 && rounds < 50; ++rounds)
    here.run_round(true);
  CHECK(fired_ns >= due_ns);
  CHECK(fired_ns < due_ns + 2'000'000);
  CHECK(rounds < 20);
}

TEST_CASE_FIXTURE(fixture,
                  "An idle worker wakes up now and then and costs little.") {
  REQUIRE(sys.run_until_idle());
  sys.usage();
  auto start_ns = sys.world().now_ns();
  auto cpu_before = sys.cpu_ns();
  auto rounds = 0;
  for (; sys.world().now_ns() < start_ns + 10'000'000'000; ++rounds)
    here.run_round(true);
  CHECK(rounds <= 12);
  CHECK(sys.cpu_ns() - cpu_before < 20'000);
}

TEST_CASE_FIXTURE(fixture, "A worker with work does not sleep.") {
  auto steps = 0;
  std::uint64_t end_ns = 0;
  looper x{make("x"), [&](worker&) {
             sys.world().burn(1'000'000);
             end_ns = sys.world().now_ns();
             return ++steps < 20;
           }};
  auto start_ns = sys.world().now_ns();
  here.post([&](worker& w) { w.schedule(x); });
  while (steps < 20)
    here.run_round(true);
  CHECK(end_ns - start_ns < 21'000'000);
}

TEST_CASE_FIXTURE(fixture, "Firing timers is paid by the system.") {
  callback timer{[&](std::uint64_t) { sys.world().burn(7'000); }};
  here.timers().set(timer, sys.world().now_ns() + 5'000'000);
  auto before = cpu_ns(sys.resources().timers());
  sys.advance(10);
  auto cost = cpu_ns(sys.resources().timers()) - before;
  CHECK(cost >= 7'000);
  CHECK(cost < 8'000);
}

// -- the ledger
// ------------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "A section is paid by another than its turn.") {
  auto payer = make("payer");
  auto other = make("other");
  looper x{payer, [&](worker&) {
             sys.world().burn(10'000);
             {
               worker::section charged{other};
               sys.world().burn(30'000);
             }
             sys.world().burn(10'000);
             return false;
           }};
  sys.on_worker(0, [&](worker& w) { w.schedule(x); });
  CHECK(cpu_ns(payer) >= 20'000);
  CHECK(cpu_ns(payer) < 20'500);
  CHECK(cpu_ns(other) >= 30'000);
  CHECK(cpu_ns(other) < 30'500);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
}

TEST_CASE_FIXTURE(fixture, "The ledger closes, whatever workers do.") {
  std::vector<resource_container_ptr> payers;
  std::vector<std::unique_ptr<looper>> all;
  auto steps = 0;
  for (auto i = 0; i < 50; ++i) {
    payers.push_back(make("x", static_cast<std::uint32_t>(i + 1)));
    all.push_back(std::make_unique<looper>(payers.back(), [&, i](worker&) {
      sys.world().burn(static_cast<std::uint64_t>(i) * 997);
      return ++steps % 7 != 0;
    }));
    auto& x = *all.back();
    sys.at(static_cast<std::size_t>(i) % 2).post([&](worker& w) {
      w.schedule(x);
    });
  }
  REQUIRE(sys.run_until_idle());
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
  sys.advance(5'000);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
  // Parents are the sum of their children.
  std::uint64_t sum = 0;
  for (auto& x : sys.resources().snapshot())
    if (x.depth == 1)
      sum += x.usage.cpu_ns;
  CHECK(sum == sys.cpu_ns());
}

TEST_CASE_FIXTURE(fixture, "What is used is published ten times a second.") {
  auto payer = make("payer");
  looper x{payer, [&](worker&) {
             sys.world().burn(1'000'000);
             return !is_over;
           }};
  here.post([&](worker& w) { w.schedule(x); });
  sys.run_for(1'000'000'000);
  CHECK(payer->usage().cpu_ns > 890'000'000);
  end();
}

} // namespace
