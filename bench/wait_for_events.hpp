#pragma once

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>

namespace troupe::bench {

/// Waits up to `timeout_ns` and calls `f` with each event there is then, with
/// `events_max` at most. Answers whether there was one.
template <std::size_t events_max = 256, class F>
bool wait_for_events(int epoll, std::int64_t timeout_ns, F f) {
  timeout_ns = std::max<std::int64_t>(timeout_ns, 0);
  timespec timeout{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  std::array<epoll_event, events_max> events;
  auto count = epoll_pwait2(epoll, events.data(),
                            static_cast<int>(events.size()), &timeout, nullptr);
  for (auto i = 0; i < count; ++i)
    f(events[static_cast<std::size_t>(i)]);
  return count > 0;
}

} // namespace troupe::bench
