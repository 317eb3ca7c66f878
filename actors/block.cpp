#include "troupe/actors/block.hpp"

#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

job_origin origin_of(caf::scheduled_actor& self, caf::message_id answer) {
  auto& parent = scheduler::of(self.home_system());
  auto& here = parent.any_worker();
  resource_container_ptr payer{worker::current() == &here ? here.payer()
                                                          : nullptr};
  if (payer == nullptr)
    payer = parent.resources().application();
  return {std::move(payer), here, caf::strong_actor_ptr{self.ctrl()}, answer};
}

void submit(blocking_job_ptr x) {
  auto& pool = x->home().parent().helpers();
  pool.submit(std::move(x));
}

} // namespace troupe
