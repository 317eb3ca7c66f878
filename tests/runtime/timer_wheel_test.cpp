#include "troupe/runtime/timer_wheel.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/runtime/abort_text.hpp"
#include "troupe/tests/support/allocations.hpp"
#include "troupe/tests/support/seed.hpp"

namespace {

using namespace troupe;

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t second = 1'000 * ms;
constexpr std::uint64_t year = 31'557'600 * second;

struct callback final : timer_wheel::timer {
  callback() = default;

  explicit callback(std::function<void(std::uint64_t)> f) : then(std::move(f)) {
    // nop
  }

  void expired(std::uint64_t now_ns) override {
    ++count;
    if (then)
      then(now_ns);
  }

  std::function<void(std::uint64_t)> then;
  int count = 0;
};

TEST_CASE("A timer is small, as there is one for each connection.") {
  CHECK(sizeof(timer_wheel::timer) <= 48);
}

TEST_CASE("A timer fires once, never early and at most one tick late.") {
  const std::uint64_t ticks[] = {1, 7, ms};
  const std::uint64_t starts[] = {0, 5, 123'456'789, year * 50};
  for (auto tick_ns : ticks)
    for (auto start_ns : starts)
      for (std::uint64_t delay = 1; delay < 5'000; delay = delay * 3 / 2 + 1) {
        timer_wheel wheel{start_ns, tick_ns};
        callback x;
        auto due_ns = start_ns + delay * tick_ns / 4;
        wheel.set(x, due_ns);
        CHECK(x.armed());
        auto now_ns = start_ns;
        while (x.count == 0) {
          REQUIRE(now_ns < due_ns + tick_ns);
          ++now_ns;
          if (tick_ns > 100)
            now_ns += tick_ns / 10;
          wheel.advance(now_ns);
        }
        CHECK(now_ns >= due_ns);
        CHECK(!x.armed());
        CHECK(wheel.empty());
        CHECK(wheel.advance(now_ns + second) == 0);
        CHECK(x.count == 1);
      }
}

TEST_CASE("Timers fire in the order of their ticks, then of their setting.") {
  timer_wheel wheel{0};
  std::string order;
  callback a{[&](auto) { order += 'a'; }};
  callback b{[&](auto) { order += 'b'; }};
  callback c{[&](auto) { order += 'c'; }};
  callback d{[&](auto) { order += 'd'; }};
  wheel.set(d, 70'000 * ms);
  wheel.set(c, 5'000 * ms);
  wheel.advance(10 * ms);
  wheel.set(b, 5'000 * ms);
  wheel.set(a, 70 * ms);
  CHECK(wheel.size() == 4);
  CHECK(wheel.advance(100'000 * ms) == 4);
  CHECK(order == "acbd");
}

TEST_CASE("A timer that is due already fires in the next tick.") {
  timer_wheel wheel{100 * ms};
  callback x;
  wheel.set(x, 3 * ms);
  CHECK(wheel.next_due_ns() == 101 * ms);
  CHECK(wheel.advance(101 * ms - 1) == 0);
  CHECK(wheel.advance(101 * ms) == 1);
}

TEST_CASE("Time that goes backwards stands still.") {
  timer_wheel wheel{100 * ms};
  callback x;
  wheel.set(x, 110 * ms);
  CHECK(wheel.advance(50 * ms) == 0);
  CHECK(wheel.advance(109 * ms) == 0);
  CHECK(wheel.advance(110 * ms) == 1);
}

TEST_CASE("A timer may be set again, cancelled and destroyed while armed.") {
  timer_wheel wheel{0};
  callback x;
  callback y;
  wheel.set(x, 10 * ms);
  wheel.set(y, 10 * ms);
  {
    callback brief;
    wheel.set(brief, 10 * ms);
    wheel.set(x, 5'000 * ms);
    CHECK(wheel.size() == 3);
  }
  wheel.cancel(y);
  wheel.cancel(y);
  CHECK(!y.armed());
  CHECK(wheel.size() == 1);
  CHECK(wheel.advance(4'999 * ms) == 0);
  CHECK(wheel.advance(5'000 * ms) == 1);
  CHECK(x.count == 1);
  CHECK(y.count == 0);
}

TEST_CASE("A timer moves from one wheel to another when it is set there.") {
  timer_wheel one{0};
  timer_wheel other{0};
  callback x;
  one.set(x, ms);
  other.set(x, ms);
  CHECK(one.empty());
  CHECK(one.advance(second) == 0);
  CHECK(other.advance(second) == 1);
}

TEST_CASE("Cancelling a timer at another wheel aborts.") {
  timer_wheel one{0};
  timer_wheel other{0};
  callback x;
  one.set(x, ms);
  CHECK(!troupe::test::abort_text([&] { other.cancel(x); }).empty());
}

TEST_CASE("A wheel that goes disarms its timers.") {
  callback x;
  callback y;
  {
    timer_wheel wheel{0};
    wheel.set(x, ms);
    wheel.set(y, year);
  }
  CHECK(!x.armed());
  CHECK(!y.armed());
}

TEST_CASE("From within expired a timer may do anything to any timer.") {
  timer_wheel wheel{0};
  auto gone = std::make_unique<callback>();
  auto itself = std::make_unique<callback>();
  callback cancelled;
  callback periodic;
  callback late;
  periodic.then = [&](std::uint64_t) {
    if (periodic.count < 5)
      wheel.set(periodic, static_cast<std::uint64_t>(periodic.count) * 3 * ms);
  };
  itself->then = [&](std::uint64_t) { itself = nullptr; };
  callback first{[&](std::uint64_t now_ns) {
    CHECK(now_ns == 100 * ms);
    gone = nullptr;
    wheel.cancel(cancelled);
    wheel.set(late, 0);
  }};
  wheel.set(first, ms);
  for (auto* x : {gone.get(), itself.get(), &cancelled, &periodic})
    wheel.set(*x, ms);
  // First, itself, and the periodic one at 1, 3, 6, 9 and 12 ms.
  CHECK(wheel.advance(100 * ms) == 7);
  CHECK(cancelled.count == 0);
  CHECK(itself == nullptr);
  CHECK(late.count == 0);
  CHECK(wheel.advance(101 * ms) == 1);
  CHECK(late.count == 1);
}

TEST_CASE("A timer that always sets itself to now fires once an advance.") {
  timer_wheel wheel{0};
  callback x;
  x.then = [&](std::uint64_t) { wheel.set(x, 0); };
  wheel.set(x, 0);
  CHECK(wheel.advance(1'000 * ms) == 1);
  CHECK(wheel.advance(1'000 * ms) == 0);
  CHECK(wheel.advance(1'001 * ms) == 1);
}

TEST_CASE("After an exception the rest fires with the next advance.") {
  timer_wheel wheel{0};
  callback broken{[](auto) { throw 1; }};
  callback same_tick;
  callback next_tick;
  wheel.set(broken, ms);
  wheel.set(same_tick, ms);
  wheel.set(next_tick, 2 * ms);
  CHECK_THROWS(wheel.advance(10 * ms));
  CHECK(wheel.advance(10 * ms) == 2);
  CHECK(wheel.empty());
}

TEST_CASE("A sleep of any length ends at once.") {
  // A tick of 1 ns: one step a tick would never end.
  timer_wheel wheel{0, 1};
  callback soon;
  callback later;
  callback at_the_end;
  wheel.set(soon, 10);
  wheel.set(later, 500 * year);
  wheel.set(at_the_end, UINT64_MAX);
  CHECK(wheel.advance(400 * year) == 1);
  CHECK(wheel.advance(UINT64_MAX - 1) == 1);
  CHECK(wheel.size() == 1);
  CHECK(wheel.next_due_ns() == UINT64_MAX);
  CHECK(wheel.advance(UINT64_MAX) == 1);
}

TEST_CASE("A timer at the end of time does no harm with a coarse tick.") {
  timer_wheel wheel{year};
  callback x;
  wheel.set(x, UINT64_MAX);
  CHECK(wheel.next_due_ns() > 2 * year);
  CHECK(wheel.advance(UINT64_MAX) == 0);
  CHECK(wheel.next_due_ns() == UINT64_MAX);
}

TEST_CASE("Who sleeps until next_due_ns wakes in time and seldom in vain.") {
  const std::uint64_t delays[] = {ms, 63 * ms, 64 * ms, 10 * second, year};
  for (auto delay : delays) {
    timer_wheel wheel{123'456'789'012};
    CHECK(wheel.next_due_ns() == UINT64_MAX);
    callback x;
    auto due_ns = 123'456'789'012 + delay;
    wheel.set(x, due_ns);
    auto wakes = 0;
    auto now_ns = std::uint64_t{0};
    while (x.count == 0) {
      REQUIRE(wheel.next_due_ns() > now_ns);
      now_ns = wheel.next_due_ns();
      wheel.advance(now_ns);
      ++wakes;
    }
    CHECK(now_ns >= due_ns);
    CHECK(now_ns < due_ns + ms);
    CHECK(wakes <= 11);
  }
}

TEST_CASE("A wheel never allocates.") {
  timer_wheel wheel{0};
  std::deque<callback> timers(1'000);
  auto before = test::allocations::now().count;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    wheel.set(timers[i % 1'000], i * i * ms);
    wheel.advance(i * ms);
  }
  CHECK(test::allocations::now().count == before);
}

/// Does the same at random to a wheel and to an ordered map.
class random_run {
public:
  random_run(std::uint64_t seed, std::uint64_t tick_ns)
    : random_(seed),
      tick_ns_(tick_ns),
      now_ns_(random_() >> up_to(63)),
      present_(now_ns_ / tick_ns),
      last_(present_),
      wheel_(now_ns_, tick_ns) {
    for (std::size_t i = 0; i < 60; ++i)
      timers_.push_back(std::make_unique<member>(*this));
  }

  void step() {
    for (auto n = up_to(3); n > 0; --n)
      change();
    // Wraps never: what would go beyond the end of time stays.
    auto delta = random_() >> up_to(63);
    if (delta < UINT64_MAX - now_ns_ && delta < (UINT64_MAX >> 5))
      now_ns_ += delta;
    last_ = now_ns_ / tick_ns_;
    fired_ = 0;
    REQUIRE(wheel_.advance(now_ns_) == fired_);
    present_ = last_;
    REQUIRE((model_.empty() || model_.begin()->first > last_));
    REQUIRE(wheel_.size() == model_.size());
    auto next_ns = wheel_.next_due_ns();
    if (model_.empty()) {
      REQUIRE(next_ns == UINT64_MAX);
    } else if (model_.begin()->first <= UINT64_MAX / tick_ns_) {
      REQUIRE(next_ns <= model_.begin()->first * tick_ns_);
      REQUIRE(next_ns > now_ns_);
    }
  }

private:
  struct member final : timer_wheel::timer {
    explicit member(random_run& run_of) : run(run_of) {
      // nop
    }

    void expired(std::uint64_t now_ns) override {
      REQUIRE(now_ns == run.now_ns_);
      run.fired(*this);
    }

    random_run& run;
    std::uint64_t due_ns = 0;
  };

  using timer_map = std::multimap<std::uint64_t, member*>;

  std::uint64_t up_to(std::uint64_t max) {
    return std::uniform_int_distribution<std::uint64_t>{0, max}(random_);
  }

  timer_map::iterator find(member* x) {
    return std::find_if(model_.begin(), model_.end(),
                        [x](auto& entry) { return entry.second == x; });
  }

  void change() {
    auto& x = timers_[up_to(timers_.size() - 1)];
    if (auto i = find(x.get()); i != model_.end()) {
      REQUIRE(x->armed());
      model_.erase(i);
    } else {
      REQUIRE(!x->armed());
    }
    switch (up_to(5)) {
      case 0:
        wheel_.cancel(*x);
        break;
      case 1:
        x = std::make_unique<member>(*this);
        break;
      default:
        set(*x);
    }
  }

  void set(member& x) {
    auto delay = random_() >> up_to(63);
    x.due_ns = up_to(9) == 0 ? now_ns_ - now_ns_ / 3
                             : now_ns_ + std::min(delay, UINT64_MAX - now_ns_);
    auto tick = x.due_ns / tick_ns_;
    if (x.due_ns % tick_ns_ != 0)
      ++tick;
    model_.emplace(tick > present_ ? tick : last_ + 1, &x);
    wheel_.set(x, x.due_ns);
  }

  void fired(member& x) {
    ++fired_;
    REQUIRE(!model_.empty());
    REQUIRE(model_.begin()->second == &x);
    REQUIRE(now_ns_ >= x.due_ns);
    present_ = model_.begin()->first;
    model_.erase(model_.begin());
    if (up_to(2) == 0)
      set(x);
    for (auto n = up_to(4) / 4; n > 0; --n)
      change();
  }

  std::mt19937_64 random_;
  std::uint64_t tick_ns_;
  std::uint64_t now_ns_;
  std::uint64_t present_;
  std::uint64_t last_;
  timer_wheel wheel_;
  timer_map model_;
  std::vector<std::unique_ptr<member>> timers_;
  std::size_t fired_ = 0;
};

TEST_CASE("Random use fires what an ordered map fires, in the same order.") {
  auto seed = test::seed();
  const std::uint64_t ticks[] = {1, 1'000, ms};
  for (std::uint64_t n = 0; n < 60; ++n) {
    CAPTURE(seed);
    CAPTURE(n);
    random_run run{seed + n, ticks[n % 3]};
    for (auto i = 0; i < 500; ++i)
      run.step();
  }
}

} // namespace
