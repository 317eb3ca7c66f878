#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "troupe/examples/chat/posting.hpp"
#include "troupe/examples/chat/rules.hpp"

namespace chat {

/// The last postings of a room, bounded in number and in bytes.
class history {
public:
  void add(posting said, std::uint64_t sequence) {
    last_ = sequence;
    bytes_ += said.bytes();
    postings_.push_back(std::move(said));
    while (postings_.size() > limits::history_messages_max
           || bytes_ > limits::history_bytes_max) {
      bytes_ -= postings_.front().bytes();
      postings_.pop_front();
    }
  }

  std::size_t size() const noexcept {
    return postings_.size();
  }

  /// Those that have followed `sequence`, oldest first.
  std::vector<posting> after(std::uint64_t sequence) const {
    auto before = last_ - postings_.size();
    auto skipped = sequence > before ? sequence - before : 0;
    if (skipped >= postings_.size())
      return {};
    return {postings_.begin() + static_cast<std::ptrdiff_t>(skipped),
            postings_.end()};
  }

private:
  /// Without a gap in their sequence.
  std::deque<posting> postings_;
  std::uint64_t last_ = 0;
  /// Of all `postings_`, which share no bytes with each other.
  std::size_t bytes_ = 0;
};

} // namespace chat
