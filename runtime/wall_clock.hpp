#pragma once

#include <cstdint>

namespace troupe {

/// Milliseconds since 1970. May jump, also back: good for numbers that should
/// be unique over restarts, never for intervals.
std::uint64_t wall_clock_ms() noexcept;

} // namespace troupe
