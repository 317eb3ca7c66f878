#pragma once

#include <sys/resource.h>

namespace troupe::test {

/// Lets this process open as many files as it may.
inline void raise_open_files_limit() noexcept {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace troupe::test
