#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "caf/actor_control_block.hpp"
#include "caf/mailbox_element.hpp"

#include "troupe/runtime/resource_container.hpp"

namespace troupe {

class worker;

/// Messages that wait on one worker until they are due. Each belongs to the
/// resource container that paid for the turn in which it was sent: it counts as
/// one of its queued messages, is sent on its behalf, and goes when it is
/// destroyed. Only the worker's thread calls it.
class delayed_messages {
public:
  explicit delayed_messages(worker& home);

  delayed_messages(const delayed_messages&) = delete;
  delayed_messages& operator=(const delayed_messages&) = delete;

  ~delayed_messages();

  /// Sends `what` to `receiver` at `due_ns`. Drops it, with a line in the log,
  /// if `payer` has all the messages waiting that it may have.
  void add(std::uint64_t due_ns, caf::strong_actor_ptr receiver,
           caf::mailbox_element_ptr what, resource_container_ptr payer);

  /// Drops those of resource containers that are destroyed. O(messages).
  void drop_destroyed();

  void clear() noexcept;

  std::size_t size() const noexcept {
    return all_.size();
  }

private:
  class delayed_message;

  worker& home_;
  std::unordered_map<delayed_message*, std::unique_ptr<delayed_message>> all_;
};

} // namespace troupe
