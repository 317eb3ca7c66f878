#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "troupe/examples/chat/posting.hpp"
#include "troupe/examples/chat/rules.hpp"

namespace chat {

/// The last postings of a room, bounded in number and in bytes.
class history {
public:
  void add(posting said) {
    bytes_ += said.bytes();
    postings_.push_back(std::move(said));
    while (postings_.size() > limits::history_messages_max
           || bytes_ > limits::history_bytes_max) {
      bytes_ -= postings_.front().bytes();
      postings_.pop_front();
    }
  }

  /// Oldest first.
  std::vector<posting> postings() const {
    return {postings_.begin(), postings_.end()};
  }

private:
  std::deque<posting> postings_;
  /// Of all `postings_`, which share no bytes with each other.
  std::size_t bytes_ = 0;
};

} // namespace chat
