#pragma once

#include <algorithm>
#include <cstdint>

#include "troupe/runtime/clock.hpp"
#include "troupe/runtime/limits.hpp"

namespace troupe {

/// How long a worker's thread was kept from running, by other threads or by the
/// host. That is charged to nobody: who had the turn would wait until each of
/// its siblings has used as much.
///
/// A handler that waits for something keeps the others waiting, too, and pays
/// for that. So if the thread has waited for more than its poller, nothing
/// counts as an interruption.
class interruptions {
public:
  /// From now on it is the calling thread.
  void begin(clock& time) {
    now_ns_ = time.now_ns();
    cpu_ns_ = time.thread_cpu_ns();
    waits_ = time.thread_waits();
  }

  /// When it was last asked, later by what the poller has waited since.
  std::uint64_t since_ns() const noexcept {
    return now_ns_;
  }

  /// The poller has waited for so long. The thread has not slept if something
  /// was ready at once: counted, that would hide a handler's own wait.
  void slept(std::uint64_t ns) noexcept {
    if (ns < limits::slept_ns_min)
      return;
    now_ns_ += ns;
    ++waits_;
  }

  /// What there was since this was last asked.
  std::uint64_t take(clock& time) {
    auto before = *this;
    begin(time);
    if (waits_ > before.waits_)
      return 0;
    auto passed_ns = now_ns_ - before.now_ns_;
    return passed_ns - std::min(passed_ns, cpu_ns_ - before.cpu_ns_);
  }

private:
  std::uint64_t now_ns_ = 0;
  std::uint64_t cpu_ns_ = 0;
  std::uint64_t waits_ = 0;
};

} // namespace troupe
