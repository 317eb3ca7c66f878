#include "troupe/actors/block.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "caf/after.hpp"
#include "caf/send.hpp"

#include <doctest/doctest.h>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/tests/runtime/looper.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/plain_actor.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

using line_connection = connection_of<line_codec>;

/// Asks for a job that takes as many microseconds as it is told.
class burner final : public shared_actor {
public:
  burner(caf::actor_config& config, sim_world& world, int& jobs)
    : shared_actor(config), world_(world), done_(jobs) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {[this](int us) {
      block(this, [=, this] {
        world_.burn(static_cast<std::uint64_t>(us) * 1'000);
      }).then([this] { ++done_; });
    }};
  }

private:
  sim_world& world_;
  int& done_;
};

struct fixture {
  resource_container_ptr make(const char* name) {
    return sys.resources().make(sys.resources().root(), name);
  }

  /// An actor that runs `f(self)` on the bill of `payer` and then waits.
  template <class F>
  void ask(const resource_container_ptr& payer, F f) {
    looper turn{payer, [&](worker&) {
                  spawn_plain(sys.actors(), [f](auto* self) -> caf::behavior {
                    f(self);
                    return {[](int) {}};
                  });
                  return false;
                }};
    sys.on_worker(0, [&](worker& w) { w.schedule(turn); });
  }

  /// What comes of `f`: "text" or an error.
  template <class F>
  std::string result_of(F f) {
    std::string result;
    ask(sys.resources().application(), [&result, f](auto* self) {
      block(self, f).then([&](std::string& x) { result = x; },
                          [&](caf::error& why) { result = describe(why); });
    });
    return result;
  }

  /// Asks for one job of a millisecond after the other.
  void go_on(caf::event_based_actor* self) {
    block(self, [this] { sys.world().burn(1'000'000); }).then([this, self] {
      ++jobs;
      if (!is_enough)
        go_on(self);
    });
  }

  bool has_come_to_rest() {
    is_enough = true;
    return sys.run_until_idle();
  }

  std::uint64_t cpu_ns(const resource_container_ptr& x) {
    return sys.usage(*x).cpu_ns;
  }

  // What actors refer to must outlive them.
  log_capture log;
  std::vector<std::string> seen;
  int jobs = 0;
  bool is_enough = false;
  sim_system sys;
};

/// Writes down what comes of a job that returns nothing.
auto note_end(std::vector<std::string>& seen, std::string name) {
  return [&seen, name](caf::error& why) {
    seen.push_back(name + " " + describe(why));
  };
}

// -- what comes back ---------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "What the function returns is the answer.") {
  CHECK(result_of([] { return std::string{"read"}; }) == "read");
  CHECK(result_of([]() -> caf::expected<std::string> { return "read"; })
        == "read");
}

TEST_CASE_FIXTURE(fixture, "An error that it returns is the answer.") {
  auto fail = []() -> caf::expected<std::string> {
    return make_error(errc::socket_failed, "no such host");
  };
  CHECK(result_of(fail) == "socket_failed: no such host");
}

TEST_CASE_FIXTURE(fixture, "What it throws is the answer.") {
  auto fail = []() -> std::string { throw std::runtime_error{"no file"}; };
  CHECK(result_of(fail) == "handler_threw: no file");
  auto odd = []() -> std::string { throw 1; };
  CHECK(result_of(odd) == "handler_threw: not a std::exception");
}

TEST_CASE_FIXTURE(fixture, "It may return nothing, or whether it failed.") {
  for (auto is_failure : {false, true})
    ask(sys.resources().application(), [this, is_failure](auto* self) {
      auto done = [this] { seen.push_back("done"); };
      auto fail = [is_failure]() -> caf::error {
        return is_failure ? make_error(errc::socket_failed) : caf::error{};
      };
      block(self, [] {}).await(done);
      block(self, fail).then(done, note_end(seen, "error"));
      block(self, [fail]() -> caf::expected<void> {
        auto result = fail();
        if (result)
          return result;
        return caf::unit;
      }).then(done, note_end(seen, "expected"));
    });
  CHECK(seen
        == std::vector<std::string>{"done", "done", "done", "done",
                                    "error socket_failed",
                                    "expected socket_failed"});
}

TEST_CASE_FIXTURE(fixture, "What it has and returns may be move-only.") {
  auto sum = 0;
  ask(sys.resources().application(), [&sum](auto* self) {
    auto read = [x = std::make_unique<int>(3)]() mutable {
      ++*x;
      return std::move(x);
    };
    block(self, std::move(read)).then([&](std::unique_ptr<int> x) {
      sum += *x;
    });
    block(self, [] {
      return std::make_unique<int>(10);
    }).then([&](std::unique_ptr<int>& x) { sum += *x; });
    block(self, [] {
      return std::make_unique<int>(100);
    }).then([&](const std::unique_ptr<int>& x) { sum += *x; });
  });
  CHECK(sum == 114);
}

TEST_CASE_FIXTURE(fixture, "What it has is gone when it has returned.") {
  std::weak_ptr<int> alive;
  auto was_alive = true;
  ask(sys.resources().application(), [&alive, &was_alive](auto* self) {
    auto held = std::make_shared<int>(0);
    alive = held;
    block(self, [x = std::move(held)] {}).then([&] {
      was_alive = !alive.expired();
    });
  });
  CHECK_FALSE(was_alive);
}

TEST_CASE_FIXTURE(fixture, "Who does not wait for the answer need not.") {
  auto calls = 0;
  ask(sys.resources().application(), [&calls](auto* self) {
    block(self, [&calls] { ++calls; });
    block(self, [&calls] { ++calls; }).then([self] { self->quit(); });
    block(self, [&calls] { ++calls; }).then([&] { calls += 100; });
  });
  CHECK(calls == 3);
  CHECK_FALSE(log.has("error"));
}

TEST_CASE_FIXTURE(fixture, "A request that waits too long times out.") {
  for (auto needed_ms : {50, 200})
    ask(sys.resources().application(), [this, needed_ms](auto* self) {
      block(self, 100ms, [this, needed_ms] {
        sys.world().burn(static_cast<std::uint64_t>(needed_ms) * ns_per_ms);
      }).then([this] { seen.push_back("in time"); }, note_end(seen, "late"));
    });
  sys.advance(1'000);
  CHECK(seen == std::vector<std::string>{"in time", "late request_timeout"});
}

// -- who asks ----------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "A connection that waits outlives its input.") {
  auto start = [this](line_connection* self) -> caf::behavior {
    report_end(self, seen);
    return {[=](line& x) {
      block(self, [text = std::string{x.text()}] {
        return text + "!";
      }).then([=](std::string& y) { self->write(line{y}); });
    }};
  };
  auto peer = sys.world().connect(serve<line_codec>(sys, start));
  peer.send("one\ntwo\n");
  peer.shutdown_write();
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == "one!\ntwo!\n");
  CHECK(peer.is_ended());
  CHECK(seen == std::vector<std::string>{"normal"});
  check_nothing_left(sys);
}

TEST_CASE_FIXTURE(fixture, "A job of a shared actor is paid by whose message "
                           "it handles.") {
  auto done = 0;
  auto room = sys.actors().spawn<burner>(std::ref(sys.world()), std::ref(done));
  auto a = make("a");
  auto b = make("b");
  ask(a, [room](auto* self) { self->send(room, 1'000); });
  ask(b, [room](auto* self) { self->send(room, 2'000); });
  CHECK(done == 2);
  CHECK(cpu_ns(a) >= 1'000'000);
  CHECK(cpu_ns(a) < 1'020'000);
  CHECK(cpu_ns(b) >= 2'000'000);
  CHECK(cpu_ns(b) < 2'020'000);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
}

// -- limits ------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Helpers are no way round a cap.") {
  auto a = make("a");
  a->cpu_max(0.1);
  ask(a, [this](auto* self) { go_on(self); });
  auto before = cpu_ns(a);
  sys.run_for(2'000'000'000);
  auto part = static_cast<double>(cpu_ns(a) - before) / 2e9;
  CHECK(part > 0.095);
  CHECK(part < 0.105);
  CHECK(jobs > 190);
}

TEST_CASE_FIXTURE(fixture, "Helpers are no way round shares.") {
  auto a = make("a");
  auto b = make("b");
  auto is_over = false;
  looper busy{b, [&](worker&) {
                sys.world().burn(10'000);
                return !is_over;
              }};
  looper start{a, [&](worker&) {
                 spawn_plain(sys.actors(), [this](auto* self) -> caf::behavior {
                   go_on(self);
                   return {[](int) {}};
                 });
                 return false;
               }};
  sys.at(0).post([&](worker& w) {
    w.schedule(busy);
    w.schedule(start);
  });
  sys.run_for(1'000'000'000);
  auto part = static_cast<double>(cpu_ns(a))
              / static_cast<double>(cpu_ns(a) + cpu_ns(b));
  CHECK(part > 0.49);
  CHECK(part < 0.51);
  // It has no end but this one.
  is_over = true;
  REQUIRE(has_come_to_rest());
}

TEST_CASE_FIXTURE(fixture, "Beyond the bound a request is refused and counts "
                           "as a drop.") {
  auto a = make("a");
  ask(a, [this](auto* self) {
    for (std::size_t i = 0; i < limits::jobs_waiting_each_max + 2; ++i)
      block(self, [] {
      }).then([this] { seen.push_back("done"); }, note_end(seen, "refused"));
  });
  CHECK(std::count(seen.begin(), seen.end(), "done")
        == limits::jobs_waiting_each_max);
  CHECK(std::count(seen.begin(), seen.end(),
                   "refused helpers_full: jobs_waiting_each_max 256 of /a")
        == 2);
  CHECK(sys.usage(*a).drops == 2);
  CHECK(log.count("job_dropped") == 1);
}

/// A job that is asked for on the bill of what is then frozen.
struct frozen : fixture {
  frozen() {
    sys.at(0).post([this](worker& w) { w.schedule(*turn); });
    sys.run_round();
    a->freeze();
    REQUIRE(sys.run_until_idle());
  }

  resource_container_ptr a = make("a");
  std::shared_ptr<int> calls = std::make_shared<int>(0);
  std::unique_ptr<looper> turn = std::make_unique<looper>(a, [this](worker&) {
    spawn_plain(sys.actors(), [this](auto* self) -> caf::behavior {
      auto done = [this] { seen.push_back("done"); };
      block(self, [x = calls] { ++*x; }).then(done, note_end(seen, "failed"));
      return {[](int) {}};
    });
    return false;
  });
};

TEST_CASE_FIXTURE(frozen, "A job of who is frozen waits until it thaws.") {
  sys.advance(100);
  CHECK(*calls == 0);
  a->thaw();
  REQUIRE(sys.run_until_idle());
  CHECK(*calls == 1);
  CHECK(seen == std::vector<std::string>{"done"});
}

TEST_CASE_FIXTURE(frozen, "A job of who is destroyed is not run.") {
  a->destroy("test");
  REQUIRE(sys.run_until_idle());
  CHECK(*calls == 0);
  CHECK(seen == std::vector<std::string>{"failed destroyed: test"});
}

TEST_CASE_FIXTURE(fixture, "Who is destroyed gets no more jobs.") {
  auto a = make("a");
  auto calls = 0;
  ask(a, [&, a](auto* self) {
    a->destroy("test");
    block(self, [&] { ++calls; }).then([] {}, note_end(seen, "failed"));
  });
  CHECK(calls == 0);
  CHECK(seen == std::vector<std::string>{"failed destroyed: test"});
}

TEST_CASE_FIXTURE(frozen, "A job that waits is gone after a stop.") {
  CHECK(calls.use_count() == 2);
  // The tree goes with the actor system.
  turn = nullptr;
  a = nullptr;
  sys.stop();
  CHECK(*calls == 0);
  CHECK(calls.use_count() == 1);
}

} // namespace
