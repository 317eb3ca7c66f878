#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "troupe/examples/chat/room_messages.hpp"
#include "troupe/examples/chat/rules.hpp"

namespace chat {

/// What was said last in a room, bounded in number and in bytes.
class history {
public:
  void add(room_entry said) {
    last_ = said.sequence;
    bytes_ += said.bytes();
    said_.push_back(std::move(said));
    while (said_.size() > limits::history_messages_max
           || bytes_ > limits::history_bytes_max) {
      bytes_ -= said_.front().bytes();
      said_.pop_front();
    }
  }

  std::size_t size() const noexcept {
    return said_.size();
  }

  /// Those that have followed `sequence`, oldest first.
  std::vector<room_entry> after(std::uint64_t sequence) const {
    auto before = last_ - said_.size();
    auto skipped = sequence > before ? sequence - before : 0;
    if (skipped >= said_.size())
      return {};
    return {said_.begin() + static_cast<std::ptrdiff_t>(skipped), said_.end()};
  }

private:
  /// Without a gap in their sequence.
  std::deque<room_entry> said_;
  std::uint64_t last_ = 0;
  /// Of all `said_`.
  std::size_t bytes_ = 0;
};

} // namespace chat
