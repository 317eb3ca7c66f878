#pragma once

#include "caf/error.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/system_messages.hpp"
#include "caf/type_nr.hpp"

namespace troupe {

/// Whether `x` keeps the actor system going rather than doing a client's work:
/// exit, down, timeout, and the answer to a request. These are never
/// dropped and never staged, so their number must be bounded by who sends them.
inline bool is_control_message(const caf::mailbox_element& x) {
  if (x.mid.is_response() || x.mid.is_answered())
    return true;
  switch (x.content().type_token()) {
    case caf::make_type_token<caf::exit_msg>():
    case caf::make_type_token<caf::down_msg>():
    case caf::make_type_token<caf::timeout_msg>():
    case caf::make_type_token<caf::error>():
      return true;
    default:
      return false;
  }
}

} // namespace troupe
