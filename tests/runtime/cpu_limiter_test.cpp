#include "troupe/runtime/cpu_limiter.hpp"

#include <doctest/doctest.h>

#include "troupe/runtime/scheduler.hpp"
#include "troupe/tests/runtime/looper.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

constexpr std::uint64_t us = 1'000;
constexpr std::uint64_t ms = 1'000'000;

struct fixture {
  resource_container_ptr make(const char* name,
                              const resource_attributes& attributes = {},
                              const resource_container_ptr& parent = nullptr) {
    return sys.resources().make(
      parent != nullptr ? parent : sys.resources().root(), name, attributes);
  }

  /// Always wants to run on worker `where`, 20 us at a time.
  looper& burn(const resource_container_ptr& payer, std::size_t where = 0) {
    auto& result
      = *burners.emplace_back(std::make_unique<looper>(payer, [this](worker&) {
          sys.world().burn(20 * us);
          return !is_over;
        }));
    sys.on_worker(where, [&](worker& w) { w.schedule(result); });
    return result;
  }

  /// CPU time in ms that `x` gets in the next `ns`.
  double used_ms(const resource_container_ptr& x, std::uint64_t ns) {
    auto before = sys.usage(*x).cpu_ns;
    sys.run_for(ns);
    return static_cast<double>(sys.usage(*x).cpu_ns - before) / ms;
  }

  void end() {
    is_over = true;
    for (std::size_t i = 0; i < 2; ++i)
      sys.on_worker(i, [](worker& w) { w.lift_limits(); });
    REQUIRE(sys.run_until_idle());
  }

  bool is_over = false;
  sim_system sys{2};
  std::vector<std::unique_ptr<looper>> burners;
};

TEST_CASE_FIXTURE(fixture, "A cap is kept, whoever else wants to run.") {
  resource_attributes capped;
  capped.cpu_max = 0.15;
  auto x = make("capped", capped);
  burn(x);
  SUBCASE("alone") {
    CHECK(used_ms(x, 1'000 * ms) == doctest::Approx(300).epsilon(0.15));
  }
  SUBCASE("beside a busy one") {
    auto y = make("other");
    burn(y);
    used_ms(y, 200 * ms);
    auto before = sys.usage(*y).cpu_ns;
    CHECK(used_ms(x, 2'000 * ms) == doctest::Approx(600).epsilon(0.01));
    CHECK(sys.usage(*y).cpu_ns - before >= 1'390 * ms);
  }
  CHECK(sys.usage(*x).throttles > 0);
  end();
}

TEST_CASE_FIXTURE(fixture, "A cap holds for all workers together.") {
  resource_attributes capped;
  capped.cpu_max = 0.4;
  auto x = make("capped", capped);
  burn(x, 0);
  burn(x, 1);
  sys.run_for(500 * ms);
  CHECK(used_ms(x, 2'000 * ms) == doctest::Approx(1'600).epsilon(0.01));
  end();
}

TEST_CASE_FIXTURE(fixture, "A cap holds for all that is below.") {
  resource_attributes capped;
  capped.cpu_max = 0.1;
  auto group = make("group", capped);
  auto a = make("a", {}, group);
  auto b = make("b", {}, group);
  burn(a);
  burn(b);
  sys.run_for(500 * ms);
  auto before = sys.usage(*a).cpu_ns;
  CHECK(used_ms(group, 2'000 * ms) == doctest::Approx(400).epsilon(0.01));
  CHECK(static_cast<double>(sys.usage(*a).cpu_ns - before) / ms
        == doctest::Approx(200).epsilon(0.02));
  end();
}

TEST_CASE_FIXTURE(fixture, "A cap can be set, raised and lifted meanwhile.") {
  auto x = make("x");
  burn(x);
  CHECK(used_ms(x, 100 * ms) == doctest::Approx(100).epsilon(0.01));
  x->cpu_max(0.05);
  sys.run_for(1'000 * ms);
  CHECK(used_ms(x, 1'000 * ms) == doctest::Approx(100).epsilon(0.02));
  x->cpu_max(0.25);
  sys.run_for(1'000 * ms);
  CHECK(used_ms(x, 1'000 * ms) == doctest::Approx(500).epsilon(0.02));
  x->cpu_max(0);
  sys.run_for(200 * ms);
  CHECK(used_ms(x, 1'000 * ms) == 0);
  x->cpu_max(1);
  CHECK(used_ms(x, 100 * ms) == doctest::Approx(100).epsilon(0.02));
  end();
}

TEST_CASE_FIXTURE(fixture, "A turn that is too long is paid back.") {
  resource_attributes capped;
  capped.cpu_max = 0.05;
  auto x = make("capped", capped);
  looper greedy{x, [this](worker&) {
                  sys.world().burn(50 * ms);
                  return !is_over;
                }};
  sys.on_worker(0, [&](worker& w) { w.schedule(greedy); });
  sys.run_for(1'000 * ms);
  CHECK(used_ms(x, 10'000 * ms) == doctest::Approx(1'000).epsilon(0.06));
  end();
}

TEST_CASE_FIXTURE(fixture, "A guarantee is kept against any shares.") {
  resource_attributes weak;
  weak.shares = 1;
  resource_attributes strong;
  strong.shares = 1'000'000;
  auto x = make("weak", weak);
  auto y = make("strong", strong);
  burn(x);
  burn(y);
  CHECK(used_ms(x, 500 * ms) <= 1);
  REQUIRE(x->cpu_min(0.2));
  sys.run_for(200 * ms);
  CHECK(used_ms(x, 1'000 * ms) == doctest::Approx(400).epsilon(0.02));
  SUBCASE("It is no cap.") {
    // What it got by its guarantee counts against its shares.
    y->shares(1);
    sys.run_for(5'000 * ms);
    CHECK(used_ms(x, 1'000 * ms) == doctest::Approx(500).epsilon(0.02));
  }
  SUBCASE("It ends when it is taken back.") {
    REQUIRE(x->cpu_min(0));
    sys.run_for(200 * ms);
    CHECK(used_ms(x, 1'000 * ms) <= 1);
  }
  end();
}

TEST_CASE_FIXTURE(fixture, "What nobody else wanted is no part of it.") {
  resource_attributes strong;
  strong.shares = 1'000'000;
  auto x = make("x");
  auto y = make("strong", strong);
  REQUIRE(x->cpu_min(0.2));
  burn(x);
  sys.run_for(5'000 * ms);
  burn(y);
  sys.run_for(100 * ms);
  CHECK(used_ms(x, 1'000 * ms) == doctest::Approx(400).epsilon(0.02));
  end();
}

TEST_CASE_FIXTURE(fixture, "Shares of a group can be changed meanwhile.") {
  auto one = make("one");
  auto two = make("two");
  auto inside = make("inside", {}, one);
  burn(inside);
  burn(two);
  CHECK(used_ms(inside, 500 * ms) == doctest::Approx(250).epsilon(0.02));
  one->shares(300);
  sys.run_for(ms);
  CHECK(used_ms(inside, 500 * ms) == doctest::Approx(375).epsilon(0.02));
  end();
}

TEST_CASE_FIXTURE(fixture, "Guarantees are admitted as far as there is any.") {
  auto a = make("a");
  auto b = make("b");
  auto inside = make("inside", {}, a);
  CHECK(a->cpu_min(0.6));
  CHECK_FALSE(b->cpu_min(0.5));
  CHECK(b->cpu_min() == 0);
  CHECK(b->cpu_min(0.4));
  CHECK_FALSE(inside->cpu_min(0.7));
  CHECK(inside->cpu_min(0.5));
  CHECK_FALSE(a->cpu_min(0.4));
  CHECK(a->cpu_min(0.5));
  CHECK_FALSE(b->cpu_min(-0.1));
  CHECK_FALSE(b->cpu_min(1.1));
}

TEST_CASE_FIXTURE(fixture, "What is frozen does not run until it thaws.") {
  auto group = make("group");
  auto x = make("x", {}, group);
  auto y = make("y");
  burn(x);
  burn(y);
  sys.run_for(10 * ms);
  group->freeze();
  sys.run_for(ms);
  CHECK(used_ms(x, 100 * ms) == 0);
  CHECK(used_ms(y, 100 * ms) == doctest::Approx(100).epsilon(0.01));
  group->thaw();
  sys.run_for(ms);
  CHECK(used_ms(x, 100 * ms) == doctest::Approx(50).epsilon(0.02));
  end();
}

} // namespace
