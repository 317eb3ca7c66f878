#pragma once

#include <utility>

#include "caf/actor_control_block.hpp"
#include "caf/error.hpp"
#include "caf/make_message.hpp"
#include "caf/message.hpp"
#include "caf/message_id.hpp"

namespace troupe {

/// Answers `reason` to `sender` if `id` is that of a request. Any thread.
inline void bounce_request(const caf::strong_actor_ptr& sender,
                           caf::message_id id, caf::error reason) {
  if (sender != nullptr && id.is_request())
    sender->enqueue(nullptr, id.response_id(),
                    caf::make_message(std::move(reason)), nullptr);
}

} // namespace troupe
