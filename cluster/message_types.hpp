#pragma once

#include <string>
#include <utility>

#include "caf/actor_system_config.hpp"

namespace troupe {

/// Where an application registers the messages that it sends between nodes:
/// types with an `inspect`, each under a name that is the same on all nodes.
class message_types {
public:
  explicit message_types(caf::actor_system_config& config) : config_(config) {
    // nop
  }

  /// Not to be inlined: gcc 12 warns of an overflow in CAF that is none.
  template <class T>
  [[gnu::noinline]] message_types& add(std::string name) {
    config_.add_message_type<T>(std::move(name));
    return *this;
  }

private:
  caf::actor_system_config& config_;
};

} // namespace troupe
