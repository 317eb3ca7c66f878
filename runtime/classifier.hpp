#pragma once

#include <vector>

#include "troupe/runtime/address_prefix.hpp"
#include "troupe/runtime/resource_container.hpp"

namespace troupe {

/// Says by a peer's address which resource container its connections belong
/// to, before anything else is done for them.
class classifier final : public ref_counted {
public:
  struct rule {
    address_prefix prefix;
    resource_container_ptr parent;
  };

  /// Answers false if there is a rule for the same prefix already.
  bool add(address_prefix prefix, resource_container_ptr parent);

  /// Of the rules that contain `peer`, the one with the most bits; null if
  /// there is none. O(rules).
  resource_container_ptr find(const endpoint& peer) const;

private:
  /// Most bits first.
  std::vector<rule> rules_;
};

using classifier_ptr = ref_ptr<const classifier>;

} // namespace troupe
