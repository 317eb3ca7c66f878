#pragma once

#include <compare>
#include <cstdint>

namespace troupe {

/// Names a connection for as long as the process lives. Never reused, so that
/// a late message or event finds nobody instead of a stranger.
struct connection_id {
  std::uint64_t value = 0;

  auto operator<=>(const connection_id&) const = default;
};

} // namespace troupe
