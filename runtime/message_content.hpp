#pragma once

#include <typeinfo>

#include "caf/mailbox_element.hpp"

namespace troupe {

/// The one `Message` that `element` holds, or null if it holds something else.
/// For runtime messages that must not pass through an actor's behavior.
template <class Message>
Message* content_if(caf::mailbox_element& element) {
  auto& content = element.content();
  if (content.size() != 1)
    return nullptr;
  // Our own types have one type_info each; comparing names would cost more.
  return content.type(0).second == &typeid(Message)
           ? static_cast<Message*>(content.get_mutable(0))
           : nullptr;
}

} // namespace troupe
