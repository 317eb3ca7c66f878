#pragma once

#include <sys/resource.h>

#include <cstddef>

namespace troupe::bench {

/// Raises this process's limit of open files as far as it may, and returns it.
/// Processes it starts inherit the limit.
inline std::size_t raise_open_files_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

} // namespace troupe::bench
