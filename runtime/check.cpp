#include "troupe/runtime/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace troupe {

void check_failed(const char* file, int line, const char* condition,
                  const char* sentence) noexcept {
  std::fprintf(stderr, "%s:%d: check failed: %s (%s)\n", file, line, sentence,
               condition);
  std::abort();
}

} // namespace troupe
