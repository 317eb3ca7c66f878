#pragma once

#include <cstdint>
#include <vector>

namespace troupe {

/// What a socket is ready for.
enum class readiness : std::uint8_t { readable, writable };

/// One watched socket has become ready. `token` is what the watcher gave.
struct socket_event {
  std::uint64_t token = 0;
  readiness what = readiness::readable;
};

/// The seam to "which sockets are ready". It belongs to one worker; only
/// `interrupt` may be called by others. It reads and writes nothing.
class poller {
public:
  virtual ~poller() = default;

  /// Appends what has become ready, without waiting.
  virtual void poll(std::vector<socket_event>& ready) = 0;

  /// The same, but waits for the first event, an interrupt, or `timeout_ns`.
  virtual void wait(std::uint64_t timeout_ns, std::vector<socket_event>& ready)
    = 0;

  /// Ends a `wait` that is going on or comes next. Any thread.
  virtual void interrupt() noexcept = 0;
};

} // namespace troupe
