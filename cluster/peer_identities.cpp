#include "troupe/cluster/peer_identities.hpp"

#include <algorithm>
#include <vector>

#include "troupe/cluster/limits.hpp"

namespace troupe {

std::string peer_identities::objection_to(connection at,
                                          const std::string& name) const {
  auto its = all_.find(at);
  auto names = its != all_.end() && its->second.session != nullptr
                 ? certified_names(*its->second.session)
                 : std::vector<std::string>{};
  if (std::find(names.begin(), names.end(), name) != names.end())
    return {};
  std::string result;
  for (auto& x : names)
    result += (result.empty() ? "" : " or ") + x;
  return "it calls itself " + name.substr(0, limits::node_name_bytes_max)
         + ", its certificate is of " + (result.empty() ? "nobody" : result);
}

std::string peer_identities::name_of(connection at) const {
  auto its = all_.find(at);
  return its == all_.end() ? std::string{} : its->second.name;
}

} // namespace troupe
