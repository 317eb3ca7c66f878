#include "troupe/runtime/wall_clock.hpp"

#include <chrono>

namespace troupe {

std::uint64_t wall_clock_ms() noexcept {
  using namespace std::chrono;
  auto now = system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(duration_cast<milliseconds>(now).count());
}

} // namespace troupe
