#include "troupe/actors/shared_actor.hpp"

#include "caf/actor_system.hpp"

#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

resource_container_ptr spawner(scheduler& parent) {
  auto* here = worker::current();
  if (here != nullptr && here->payer() != nullptr)
    return here->payer();
  return parent.resources().application();
}

} // namespace

shared_actor::shared_actor(caf::actor_config& config)
  : caf::event_based_actor(config),
    stages_(*this, scheduler::of(home_system()).next_worker(),
            spawner(scheduler::of(home_system()))) {
  // nop
}

shared_actor::~shared_actor() = default;

void shared_actor::enqueue(caf::mailbox_element_ptr what,
                           caf::execution_unit*) {
  stages_.stage(std::move(what));
}

void shared_actor::enqueue(caf::mailbox_element_ptr what,
                           resource_container& payer) {
  stages_.stage(std::move(what), payer);
}

void shared_actor::launch(caf::execution_unit*, bool is_lazy, bool is_hidden) {
  if (!is_hidden)
    register_at_system();
  if (!is_lazy)
    stages_.launch();
}

const char* shared_actor::name() const {
  return "shared_actor";
}

} // namespace troupe
