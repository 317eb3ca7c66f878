#pragma once

#include <string>

#include "troupe/actors/admin.pb.h"
#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

/// What a command of the admin protocol came to.
struct [[nodiscard]] admin_outcome {
  /// Null if there is none that the command can mean.
  resource_container_ptr resource_container;
  /// The rule that was broken; empty if the command was carried out.
  std::string why;
};

/// Each carries out one command, or answers why not and changes nothing. The
/// runtime's own resource containers take no command but other shares. Any
/// thread.
admin_outcome execute(resource_tree& tree, const admin::SetAttributes& x);
admin_outcome execute(resource_tree& tree, const admin::Freeze& x);
admin_outcome execute(resource_tree& tree, const admin::Thaw& x);
admin_outcome execute(resource_tree& tree, const admin::Destroy& x);
admin_outcome execute(resource_tree& tree, const admin::Move& x);

} // namespace troupe
