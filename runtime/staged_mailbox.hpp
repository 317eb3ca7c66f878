#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "caf/mailbox_element.hpp"
#include "caf/scheduled_actor.hpp"

#include "troupe/runtime/runnable.hpp"

namespace troupe {

/// Staged delivery: the messages of one shared actor wait under the resource
/// container that caused each of them, and the pair (actor, resource container)
/// is what is scheduled. So a greedy sender's backlog stands before nobody
/// else's messages, and each message runs on its sender's bill.
///
/// Messages of one resource container stay in order. Control messages have no
/// bound: exits, downs and timeouts wait under the actor's own, the answer to a
/// request under the one for which it was made.
///
/// With less accounting (`accounting_mode`) they all wait under the actor's
/// own.
///
/// Belongs to the shared actor; `stage` may be called by any thread.
class staged_mailbox {
public:
  staged_mailbox(caf::scheduled_actor& self, worker& home,
                 resource_container_ptr own_payer);

  staged_mailbox(const staged_mailbox&) = delete;
  staged_mailbox& operator=(const staged_mailbox&) = delete;

  ~staged_mailbox();

  worker& home() const noexcept {
    return home_;
  }

  /// Stages `what` under whoever pays for the turn of the caller; under the
  /// actor's own resource container if nobody does.
  void stage(caf::mailbox_element_ptr what);

  /// Stages `what`, no control message, under `payer`.
  void stage(caf::mailbox_element_ptr what, resource_container& payer);

  /// Lets the actor run for the first time.
  void launch();

private:
  class stage_of;
  class arrival;

  caf::message_id last_request() const noexcept;
  void note_requests(caf::message_id before, const resource_container_ptr& x);
  resource_container_ptr payer_of_control(const caf::mailbox_element& what);
  void hand_over(caf::mailbox_element_ptr what, resource_container& payer);
  void stage_here(caf::mailbox_element_ptr what, resource_container& payer);
  stage_of& find_or_make(resource_container& payer);
  void refuse(caf::mailbox_element_ptr what, resource_container& payer,
              const refused& why);
  void end_actor();
  void bounce_all();

  caf::scheduled_actor& self_;
  worker& home_;
  resource_container_ptr own_payer_;
  const bool senders_pay_;
  bool is_closed_ = false;
  std::unordered_map<const resource_container*, std::unique_ptr<stage_of>>
    stages_;
  /// On whose bill requests were made that are not answered yet.
  std::unordered_map<std::uint64_t, resource_container_ptr> asked_for_;
};

} // namespace troupe
