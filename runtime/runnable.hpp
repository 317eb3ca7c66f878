#pragma once

#include "troupe/runtime/activity.hpp"
#include "troupe/runtime/inbox.hpp"
#include "troupe/runtime/resource_container.hpp"
#include "troupe/runtime/turn.hpp"

namespace troupe {

/// An activity that knows who pays for it and how to run. It is queued on its
/// worker at most once at a time.
class runnable : public activity, public inbox_item {
public:
  explicit runnable(resource_container_ptr payer) noexcept
    : payer_(std::move(payer)) {
    // nop
  }

  const resource_container_ptr& payer() const noexcept {
    return payer_;
  }

  /// Has another one pay from now on. For the worker it is on, which knows
  /// whether it is queued.
  void payer(resource_container_ptr x) noexcept {
    payer_ = std::move(x);
  }

  /// Works until there is nothing to do (answers false; the runnable may be
  /// gone by then) or the turn is over (answers true and stays queued).
  virtual bool run(worker& here, turn& now) = 0;

  /// Queues it on `here`, whose thread this is.
  void arrive(worker& here) override;

private:
  resource_container_ptr payer_;
};

} // namespace troupe
