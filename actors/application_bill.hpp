#pragma once

#include <utility>

#include "caf/actor_system.hpp"

#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

/// Calls `f`, and has the actors that it spawns live on the bill of the
/// application. Those of a turn live on the bill of who has caused it, and
/// suffer with it when it is capped, frozen or destroyed: not what an actor
/// that many share should do.
template <class F>
auto on_application_bill(caf::actor_system& system, F&& f) {
  auto* here = worker::current();
  if (here == nullptr)
    return std::forward<F>(f)();
  worker::behalf application{*here,
                             *scheduler::of(system).resources().application()};
  return std::forward<F>(f)();
}

} // namespace troupe
