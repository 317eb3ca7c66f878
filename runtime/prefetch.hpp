#pragma once

#include <cstddef>

namespace troupe {

/// Has the processor bring the memory from `begin` up to `end` into its cache
/// while it goes on with something else. It need not be anybody's memory, but
/// neither empty nor null.
///
/// For what is used soon and was not of late: among a thousand connections each
/// line of what a turn touches is a cache miss, and where one pointer leads to
/// the next, the processor cannot run ahead of them by itself.
inline void prefetch(const void* begin, const void* end) noexcept {
  constexpr std::ptrdiff_t line_bytes = 64;
  auto* last = static_cast<const char*>(end) - 1;
  for (auto* x = static_cast<const char*>(begin); x < last; x += line_bytes)
    __builtin_prefetch(x);
  __builtin_prefetch(last);
}

/// The same for `bytes` from `begin` on.
inline void prefetch(const void* begin, std::size_t bytes) noexcept {
  prefetch(begin, static_cast<const char*>(begin) + bytes);
}

} // namespace troupe
