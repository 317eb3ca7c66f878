#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "troupe/examples/chat/room_messages.hpp"
#include "troupe/examples/chat/rules.hpp"

namespace chat {

/// The end of what a room has told, in its order, bounded in number and in
/// bytes. Positions count from 1.
class room_log {
public:
  void add(room_entry x) {
    ++last_;
    bytes_ += x.bytes();
    entries_.push_back(std::move(x));
    while (entries_.size() > limits::log_entries_max
           || bytes_ > limits::log_bytes_max) {
      bytes_ -= entries_.front().bytes();
      entries_.pop_front();
    }
  }

  /// Of the entry added last; 0 if there was none.
  std::uint64_t last() const noexcept {
    return last_;
  }

  /// Of the first one that is still there.
  std::uint64_t first() const noexcept {
    return last_ - entries_.size() + 1;
  }

  /// All from `position` on that are still there.
  std::vector<room_entry> from(std::uint64_t position) const {
    auto skipped = position > first() ? position - first() : 0;
    if (skipped >= entries_.size())
      return {};
    return {entries_.begin() + static_cast<std::ptrdiff_t>(skipped),
            entries_.end()};
  }

private:
  std::deque<room_entry> entries_;
  std::uint64_t last_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace chat
