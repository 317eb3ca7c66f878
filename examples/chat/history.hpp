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
    if (said.words.empty())
      return;
    words_ += said.words.size();
    bytes_ += said.bytes();
    said_.push_back(std::move(said));
    while (words_ > limits::history_messages_max
           || bytes_ > limits::history_bytes_max)
      forget_one();
  }

  /// Words.
  std::size_t size() const noexcept {
    return words_;
  }

  /// Those that have followed `sequence`, oldest first.
  std::vector<room_entry> after(std::uint64_t sequence) const {
    std::vector<room_entry> result;
    for (auto& x : said_) {
      if (x.sequence <= sequence)
        continue;
      auto& last = result.emplace_back(x);
      if (auto first = x.first(); first <= sequence)
        last.words.erase(last.words.begin(),
                         last.words.begin()
                           + static_cast<std::ptrdiff_t>(sequence + 1 - first));
    }
    return result;
  }

private:
  void forget_one() {
    auto& oldest = said_.front();
    --words_;
    bytes_ -= room_entry::bytes_of(oldest.words.front());
    oldest.words.erase(oldest.words.begin());
    if (!oldest.words.empty())
      return;
    bytes_ -= oldest.bytes();
    said_.pop_front();
  }

  /// Without a gap in their sequence, and none without words.
  std::deque<room_entry> said_;
  std::size_t words_ = 0;
  /// Of all `said_`.
  std::size_t bytes_ = 0;
};

} // namespace chat
