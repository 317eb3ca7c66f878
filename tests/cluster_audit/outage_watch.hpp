#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace troupe::test {

/// How long rooms had no owner that accepts messages after a node was killed:
/// until a message is acknowledged under a new ownership. Rooms that were owned
/// by other nodes do not count. No clock of its own.
class outage_watch {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A node was killed.
  void killed(time_point now) {
    for (auto& [room, ownership] : last_ownerships_)
      waiting_.insert({room, {now, ownership}});
  }

  /// A message was acknowledged that was sent at `sent`.
  void acknowledged(const std::string& room, std::uint64_t ownership,
                    time_point sent, time_point now) {
    last_ownerships_[room] = ownership;
    for (auto [i, end] = waiting_.equal_range(room); i != end;) {
      auto& x = i->second;
      if (ownership == x.ownership && sent <= x.since) {
        ++i;
        continue;
      }
      // Under the same ownership it was not the killed node's.
      if (ownership != x.ownership)
        outages_.push_back(
          std::chrono::duration_cast<std::chrono::milliseconds>(now - x.since));
      i = waiting_.erase(i);
    }
  }

  const std::vector<std::chrono::milliseconds>& outages() const noexcept {
    return outages_;
  }

private:
  struct wait {
    time_point since;
    std::uint64_t ownership = 0;
  };

  std::map<std::string, std::uint64_t> last_ownerships_;
  std::multimap<std::string, wait> waiting_;
  std::vector<std::chrono::milliseconds> outages_;
};

} // namespace troupe::test
