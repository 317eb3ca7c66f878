#include "troupe/runtime/interruptions.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

constexpr std::uint64_t ms = 1'000'000;

struct fixture : clock {
  fixture() {
    uut.begin(*this);
  }

  std::uint64_t now_ns() noexcept override {
    return now;
  }

  std::uint64_t thread_cpu_ns() noexcept override {
    return cpu;
  }

  std::uint64_t thread_waits() noexcept override {
    return waits;
  }

  void run(std::uint64_t ns) {
    now += ns;
    cpu += ns;
  }

  std::uint64_t now = 7 * ms;
  std::uint64_t cpu = 3 * ms;
  std::uint64_t waits = 5;
  interruptions uut;
};

} // namespace

TEST_SUITE("interruptions") {
  TEST_CASE_FIXTURE(fixture, "are what passes while the thread does not run") {
    run(2 * ms);
    now += 20 * ms;
    CHECK(uut.take(*this) == 20 * ms);
    run(2 * ms);
    CHECK(uut.take(*this) == 0);
  }

  TEST_CASE_FIXTURE(fixture, "are none if the thread has waited") {
    run(2 * ms);
    now += 20 * ms;
    ++waits;
    CHECK(uut.take(*this) == 0);
    now += 1 * ms;
    CHECK(uut.take(*this) == 1 * ms);
  }

  TEST_CASE_FIXTURE(fixture, "do not include what the poller has slept") {
    now += 10 * ms;
    ++waits;
    uut.slept(10 * ms);
    CHECK(uut.since_ns() == now);
    run(1 * ms);
    now += 20 * ms;
    CHECK(uut.take(*this) == 20 * ms);
  }

  TEST_CASE_FIXTURE(fixture, "are none if a poller that found something at "
                             "once is followed by a wait") {
    run(limits::slept_ns_min - 1);
    uut.slept(limits::slept_ns_min - 1);
    now += 20 * ms;
    ++waits;
    CHECK(uut.take(*this) == 0);
  }

  TEST_CASE_FIXTURE(fixture, "are none if the handler waits behind a sleep") {
    now += limits::slept_ns_min;
    ++waits;
    uut.slept(limits::slept_ns_min);
    now += 20 * ms;
    ++waits;
    CHECK(uut.take(*this) == 0);
  }
}
