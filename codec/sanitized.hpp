#pragma once

namespace troupe {

/// Whether this program is compiled to find out who uses freed memory.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer)
inline constexpr bool is_sanitized = true;
#  else
inline constexpr bool is_sanitized = false;
#  endif
#else
inline constexpr bool is_sanitized = false;
#endif

} // namespace troupe
