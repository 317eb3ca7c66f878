#include "troupe/runtime/classifier.hpp"

#include <algorithm>

namespace troupe {

bool classifier::add(address_prefix prefix, resource_container_ptr parent) {
  auto is_same = [&](const rule& x) { return x.prefix == prefix; };
  if (std::any_of(rules_.begin(), rules_.end(), is_same))
    return false;
  auto at = std::find_if(rules_.begin(), rules_.end(), [&](const rule& x) {
    return x.prefix.bits < prefix.bits;
  });
  rules_.insert(at, {prefix, std::move(parent)});
  return true;
}

resource_container_ptr classifier::find(const endpoint& peer) const {
  for (auto& x : rules_)
    if (x.prefix.contains(peer))
      return x.parent;
  return nullptr;
}

} // namespace troupe
