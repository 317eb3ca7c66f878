#include "troupe/cluster/node_broker.hpp"

#include "caf/actor_cast.hpp"
#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include <doctest/doctest.h>

#include "troupe/runtime/scheduler.hpp"

namespace {

using namespace troupe;

TEST_CASE("A broker that has ended keeps nothing that comes later.") {
  // It has its next beat sent to itself all the time, the last one after its
  // end, if it is that soon: hence more than once.
  constexpr std::uint64_t silence_ms = 4;
  for (auto i = 0; i < 500; ++i) {
    caf::actor_system_config config;
    scheduler_options options;
    options.workers = 1;
    scheduler::load(config, options);
    load_node_broker(config, silence_ms);
    caf::weak_actor_ptr broker;
    {
      caf::actor_system system{config};
      broker = caf::actor_cast<caf::weak_actor_ptr>(node_broker_of(system));
    }
    CHECK(broker.lock() == nullptr);
  }
}

} // namespace
