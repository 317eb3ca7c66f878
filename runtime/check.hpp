#pragma once

namespace troupe {

/// Writes the place, `sentence` and `condition` to standard error and aborts.
[[noreturn, gnu::cold]] void check_failed(const char* file, int line,
                                          const char* condition,
                                          const char* sentence) noexcept;

} // namespace troupe

/// Aborts, in every build, if `condition` does not hold. For invariants of our
/// own, never for what a peer or a user may send. `sentence` says what should
/// have been true.
#define TROUPE_CHECK(condition, sentence) \
  (static_cast<bool>(condition) \
     ? static_cast<void>(0) \
     : ::troupe::check_failed(__FILE__, __LINE__, #condition, sentence))
