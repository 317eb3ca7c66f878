#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "troupe/runtime/runnable.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe::test {

/// Runs as long as `step` says so, looking at the turn after each step.
class looper final : public runnable {
public:
  using step_function = std::function<bool(worker&)>;

  looper(resource_container_ptr payer, step_function step)
    : runnable(std::move(payer)), step_(std::move(step)) {
    // nop
  }

  bool run(worker& here, turn& now) override {
    ++turns;
    while (step_(here))
      if (now.is_over())
        return true;
    return false;
  }

  void discard() noexcept override {
    // nop
  }

  std::size_t turns = 0;

private:
  step_function step_;
};

} // namespace troupe::test
