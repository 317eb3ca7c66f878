#pragma once

#include <forward_list>

#include "caf/detail/behavior_stack.hpp"
#include "caf/scheduled_actor.hpp"

namespace troupe {

/// Stops frames where the actor that handles them ends, waits, or becomes
/// another one.
class frame_guard {
public:
  using behaviors = caf::detail::behavior_stack;

  using awaited = std::forward_list<caf::scheduled_actor::pending_response>;

  /// Both are the actor's own.
  frame_guard(behaviors& all, const awaited& responses) noexcept
    : behaviors_(all), awaited_(responses) {
    // nop
  }

  void note() noexcept {
    behavior_ = current();
  }

  /// Whether another frame may be handled right after the last one, by the same
  /// handler.
  bool goes_on() const noexcept {
    return current() == behavior_ && awaited_.empty();
  }

private:
  /// Null if there is none.
  const void* current() const noexcept {
    if (behaviors_.empty())
      return nullptr;
    return behaviors_.back().as_behavior_impl().get();
  }

  behaviors& behaviors_;
  const awaited& awaited_;
  const void* behavior_ = nullptr;
};

} // namespace troupe
