#include "troupe/runtime/send_hold.hpp"

#include <doctest/doctest.h>

#include "troupe/runtime/limits.hpp"

namespace {

using namespace troupe;

class counting_hold final : public send_hold {
public:
  explicit counting_hold(int& let_go) : let_go_(let_go) {
    // nop
  }

  void let_go() noexcept override {
    ++let_go_;
  }

private:
  int& let_go_;
};

struct fixture {
  auto add(std::uint64_t now_ns) {
    auto result = std::make_shared<counting_hold>(let_go);
    holds.add(result, now_ns);
    return result;
  }

  int let_go = 0;
  timer_wheel timers{0};
  send_hold_list holds{timers};
};

TEST_SUITE_BEGIN("send_hold");

TEST_CASE_FIXTURE(fixture, "Each is let go of when its time is over.") {
  auto one = add(0);
  auto two = add(10'000'000);
  timers.advance(limits::send_hold_ns_max - 2'000'000);
  CHECK(let_go == 0);
  timers.advance(limits::send_hold_ns_max + 2'000'000);
  CHECK(let_go == 1);
  timers.advance(limits::send_hold_ns_max + 12'000'000);
  CHECK(let_go == 2);
  timers.advance(1'000'000'000);
  CHECK(let_go == 2);
  auto three = add(1'000'000'000);
  timers.advance(2'000'000'000);
  CHECK(let_go == 3);
}

TEST_CASE_FIXTURE(fixture, "What nobody shares any more is forgotten.") {
  auto last = add(0);
  for (auto i = 0; i < 1'000; ++i)
    add(0);
  timers.advance(1'000'000'000);
  CHECK(let_go == 1);
  CHECK(timers.next_due_ns() == UINT64_MAX);
}

TEST_SUITE_END();

} // namespace
