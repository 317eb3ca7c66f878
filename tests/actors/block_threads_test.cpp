#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include <doctest/doctest.h>

#include "troupe/actors/block.hpp"
#include "troupe/runtime/clock.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/tsc_clock.hpp"
#include "troupe/tests/support/plain_actor.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

/// Burns CPU time of the calling thread.
void spin(std::uint64_t ms) {
  tsc_clock time;
  auto end_ns = time.thread_cpu_ns() + ms * ns_per_ms;
  while (time.thread_cpu_ns() < end_ns)
    ; // nop
}

template <class Predicate>
bool wait_until(Predicate is_so) {
  auto end = std::chrono::steady_clock::now() + 20s;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::yield();
  }
  return true;
}

/// Runs a function once, on somebody's bill.
class single_turn final : public runnable {
public:
  single_turn(resource_container_ptr payer, std::function<void()> f)
    : runnable(std::move(payer)), f_(std::move(f)) {
    // nop
  }

  bool run(worker&, turn&) override {
    f_();
    delete this;
    return false;
  }

  void discard() noexcept override {
    delete this;
  }

private:
  std::function<void()> f_;
};

/// An actor system with real threads, and jobs that block in them.
struct fixture {
  explicit fixture(std::size_t helpers = 1) {
    scheduler::load(config, {.workers = 1, .seams = {}, .helpers = helpers});
    actors.emplace(config);
    actors->await_actors_before_shutdown(false);
  }

  resource_container_ptr make(const char* name) {
    auto& tree = scheduler::of(*actors).resources();
    return tree.make(tree.root(), name);
  }

  /// Has an actor on the bill of `payer` ask for `count` jobs.
  void ask(const resource_container_ptr& payer, std::function<void()> job,
           int count = 1) {
    auto start = [=, this](caf::event_based_actor* self) -> caf::behavior {
      for (auto i = 0; i < count; ++i)
        block(self, job).then([this] { ++done; },
                              [this](caf::error& why) { note(why); });
      ++asked;
      return {[](int) {}};
    };
    auto before = asked.load();
    auto& home = scheduler::of(*actors).at(0);
    home.schedule(
      *new single_turn{payer, [=, this] { spawn_plain(*actors, start); }});
    CHECK(wait_until([&] { return asked > before; }));
  }

  /// Has a job block until `release`.
  void occupy_thread(const resource_container_ptr& payer) {
    ask(payer, [this, gate = gate_.get_future().share()] {
      ++blocked;
      gate.wait();
    });
    CHECK(wait_until([&] { return blocked == 1; }));
  }

  void release() {
    gate_.set_value();
  }

  void note(const caf::error& why) {
    ++(is(why, errc::draining)       ? drained
       : is(why, errc::destroyed)    ? destroyed
       : is(why, errc::helpers_full) ? refused
                                     : others);
  }

  // What jobs and actors refer to must outlive them.
  std::atomic<int> asked{0};
  std::atomic<int> blocked{0};
  std::atomic<int> done{0};
  std::atomic<int> drained{0};
  std::atomic<int> destroyed{0};
  std::atomic<int> refused{0};
  std::atomic<int> others{0};
  std::promise<void> gate_;
  caf::actor_system_config config;
  std::optional<caf::actor_system> actors;
};

struct three_threads : fixture {
  three_threads() : fixture(3) {
    // nop
  }
};

TEST_CASE_FIXTURE(three_threads, "As many jobs block at once as there may be "
                                 "threads.") {
  std::atomic<int> there{0};
  std::atomic<int> met{0};
  ask(
    make("a"),
    [&] {
      ++there;
      met += wait_until([&] { return there == 3; });
    },
    3);
  CHECK(wait_until([&] { return done == 3; }));
  CHECK(met == 3);
}

TEST_CASE_FIXTURE(three_threads, "CPU time in a thread is on the bill of who "
                                 "asked, and blocking costs nothing.") {
  auto busy = make("busy");
  auto idle = make("idle");
  occupy_thread(idle);
  ask(busy, [] { spin(20); });
  CHECK(wait_until([&] { return done == 1; }));
  release();
  CHECK(wait_until([&] { return done == 2; }));
  CHECK(wait_until([&] { return busy->usage().cpu_ns >= 20'000'000; }));
  CHECK(wait_until([&] { return idle->usage().cpu_ns > 0; }));
  CHECK(busy->usage().cpu_ns < 40'000'000);
  CHECK(idle->usage().cpu_ns < 10'000'000);
  auto& helpers = *scheduler::of(*actors).resources().helpers();
  CHECK(helpers.usage().cpu_ns > 0);
  CHECK(helpers.usage().cpu_ns < 10'000'000);
}

TEST_CASE_FIXTURE(fixture, "Threads are no way round a cap.") {
  auto a = make("a");
  a->cpu_max(0.2);
  auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < 400ms) {
    auto before = done.load();
    ask(a, [] { spin(4); });
    CHECK(wait_until([&] { return done > before; }));
  }
  std::chrono::duration<double> passed = std::chrono::steady_clock::now()
                                         - begin;
  auto used = static_cast<double>(a->usage().cpu_ns) / 1e9;
  // What accrues in the bucket's window may be used at once.
  CHECK(used < 0.2 * (passed.count() + 0.1) + 0.005);
  CHECK(done * 0.004 < 0.2 * (passed.count() + 0.1) + 0.005);
}

TEST_CASE_FIXTURE(fixture, "Who has queued many jobs delays nobody's first "
                           "one.") {
  auto greedy = make("greedy");
  occupy_thread(greedy);
  std::atomic<int> before{0};
  std::atomic<int> ran{0};
  ask(
    greedy, [&] { ++ran; }, 100);
  ask(make("modest"), [&] { before = ran.load(); });
  release();
  CHECK(wait_until([&] { return done == 102; }));
  CHECK(before == 0);
  CHECK(ran == 100);
}

TEST_CASE_FIXTURE(fixture, "Jobs of who is frozen wait; those of others do "
                           "not.") {
  auto a = make("a");
  auto b = make("b");
  std::atomic<int> calls{0};
  occupy_thread(b);
  ask(a, [&] { ++calls; });
  a->freeze();
  ask(b, [] {});
  release();
  CHECK(wait_until([&] { return done == 2; }));
  CHECK(calls == 0);
  a->thaw();
  CHECK(wait_until([&] { return done == 3; }));
  CHECK(calls == 1);
}

TEST_CASE_FIXTURE(fixture, "Jobs of who is destroyed are not run.") {
  auto a = make("a");
  auto b = make("b");
  std::atomic<int> calls{0};
  occupy_thread(b);
  ask(
    a, [&] { ++calls; }, 5);
  a->destroy("test");
  CHECK(wait_until([&] { return destroyed == 5; }));
  release();
  CHECK(wait_until([&] { return done == 1; }));
  CHECK(calls == 0);
}

TEST_CASE_FIXTURE(fixture, "What is too much to wait is refused.") {
  auto a = make("a");
  occupy_thread(a);
  ask(
    a, [] {}, static_cast<int>(limits::jobs_waiting_each_max) + 3);
  CHECK(wait_until([&] { return refused == 3; }));
  CHECK(wait_until([&] { return a->usage().drops == 3; }));
  release();
  CHECK(wait_until([&] {
    return done == 1 + static_cast<int>(limits::jobs_waiting_each_max);
  }));
}

TEST_CASE_FIXTURE(fixture, "A stop answers what waits, and waits for what "
                           "runs.") {
  auto held = std::make_shared<int>(0);
  std::atomic<int> calls{0};
  occupy_thread(make("a"));
  ask(
    make("b"), [&calls, held] { ++calls; }, 100);
  auto were_drained = false;
  std::thread releaser{[&] {
    were_drained = wait_until([&] { return drained == 100; });
    release();
  }};
  actors.reset();
  releaser.join();
  CHECK(were_drained);
  CHECK(calls == 0);
  CHECK(held.use_count() == 1);
}

} // namespace
