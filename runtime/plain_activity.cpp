#include "troupe/runtime/plain_activity.hpp"

#include <algorithm>

#include "caf/attachable.hpp"
#include "caf/resumable.hpp"
#include "caf/scheduled_actor.hpp"
#include "caf/scheduler/abstract_coordinator.hpp"

#include "troupe/runtime/movable_activity.hpp"
#include "troupe/runtime/placements.hpp"
#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

/// Upper end of what one call hands to an actor whose messages are too cheap
/// to be measured one by one.
constexpr std::size_t messages_max = 1024;

class plain_activity final : public movable_activity {
public:
  plain_activity(resource_container_ptr payer, caf::resumable& job)
    : movable_activity(std::move(payer)), job_(job) {
    // nop
  }

  bool run(worker& here, turn& now) override {
    here.forget_movable(*this);
    // CAF does not tell how long a message took, so the number of messages
    // doubles while the turn lasts: it overshoots by at most its own length.
    for (std::size_t messages = 1;;
         messages = std::min(messages * 2, messages_max)) {
      auto result = job_.resume(&here, messages);
      auto is_over = now.is_over();
      if (result != caf::resumable::resume_later) {
        caf::intrusive_ptr_release(&job_);
        delete this;
        return false;
      }
      if (is_over)
        return true;
    }
  }

  void discard() noexcept override {
    if (auto* here = worker::current())
      here->forget_movable(*this);
    caf::scheduler::abstract_coordinator::cleanup_and_release(&job_);
    delete this;
  }

private:
  caf::resumable& job_;
};

/// Forgets an actor's placement when the actor ends.
class placement_end final : public caf::attachable {
public:
  placement_end(scheduler& parent, caf::actor_id id)
    : parent_(parent), id_(id) {
    // nop
  }

  void actor_exited(const caf::error&, caf::execution_unit*) override {
    parent_.plain_actors().erase(id_);
  }

private:
  scheduler& parent_;
  caf::actor_id id_;
};

} // namespace

runnable* make_plain_activity(scheduler& parent, caf::resumable& job) {
  auto* here = worker::current();
  resource_container_ptr payer{here != nullptr ? here->payer() : nullptr};
  if (payer == nullptr)
    payer = parent.resources().application();
  if (job.subtype() == caf::resumable::scheduled_actor) {
    auto& actor = static_cast<caf::scheduled_actor&>(job);
    if (!parent.plain_actors().find_or_insert(actor.id(), payer))
      actor.attach(caf::attachable_ptr{new placement_end(parent, actor.id())});
  }
  return new plain_activity(std::move(payer), job);
}

} // namespace troupe
