#pragma once

namespace troupe::test {

/// Whether this program, and the servers beside it, keep freed memory to
/// themselves and open files of their own to check each access.
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

} // namespace troupe::test
