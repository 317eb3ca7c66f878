#include "troupe/tests/instructions/counted_work.hpp"

#include <cstdio>

namespace troupe::test {

counted_work::~counted_work() {
  std::printf("counted %zu\n", units_);
}

void counted_work::run(std::size_t units, const std::function<void()>& f) {
  f();
  units_ += units;
}

} // namespace troupe::test
