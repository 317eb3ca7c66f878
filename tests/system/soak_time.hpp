#pragma once

#include <chrono>
#include <cstdlib>

namespace troupe::test {

/// How long traffic flows in one test: TROUPE_SOAK_SECONDS, or 2 s.
inline std::chrono::milliseconds soak_time() {
  auto* text = std::getenv("TROUPE_SOAK_SECONDS");
  return std::chrono::seconds{text == nullptr ? 2 : std::atoi(text)};
}

} // namespace troupe::test
