#pragma once

#include <cstddef>

namespace troupe::test {

/// What `operator new` was asked for in this program, by all threads.
struct allocations {
  std::size_t count;
  std::size_t bytes_total;
  /// Allocations not given back yet.
  std::size_t live;

  static allocations now() noexcept;
};

} // namespace troupe::test
