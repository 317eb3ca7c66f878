#pragma once

#include <string_view>
#include <vector>

#include "troupe/cluster/member.hpp"

namespace troupe {

/// Which of `members` owns what is called `name`: a pure function of the names
/// of both, so that all who see the same members agree, and when a member comes
/// or goes only its own names move. Null if there are no members.
///
/// Rendezvous hashing: the member with the highest hash of both (Thaler,
/// Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM
/// Transactions on Networking, 1998).
const member* owner_of(std::string_view name,
                       const std::vector<member>& members);

} // namespace troupe
