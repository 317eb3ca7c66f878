#pragma once

#include <cstddef>
#include <functional>

namespace troupe::test {

/// The part of a path whose instructions count: what happens in `run`, which
/// callgrind knows by its name (run.sh). Prints in the end for how many units
/// they were.
class counted_work {
public:
  counted_work() = default;

  counted_work(const counted_work&) = delete;
  counted_work& operator=(const counted_work&) = delete;

  ~counted_work();

  /// Calls `f`, which does `units` of whatever the path is about.
  void run(std::size_t units, const std::function<void()>& f);

private:
  std::size_t units_ = 0;
};

} // namespace troupe::test
