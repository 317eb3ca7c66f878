#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include "troupe/bench/chat_crowd.hpp"

namespace troupe::bench {

/// A room whose first member talks as fast as it is let, while it is told to,
/// and all others listen. Has a thread of its own, which any thread of a
/// real-time priority goes before.
class greedy_room {
public:
  /// `in_flight` of its words at most are on their way to the room and back.
  explicit greedy_room(std::size_t in_flight) : in_flight_(in_flight) {
    // nop
  }

  ~greedy_room() {
    has_stopped_ = true;
    if (thread_.joinable())
      thread_.join();
  }

  /// To be filled, and to join, before `start`.
  chat_crowd& members() noexcept {
    return members_;
  }

  void start() {
    thread_ = std::thread{[this] { run(); }};
  }

  void is_greedy(bool x) noexcept {
    is_greedy_ = x;
  }

  /// Whether it has heard all its own words.
  bool is_quiet() const noexcept {
    return under_way_ == 0;
  }

  /// Whether it was disconnected.
  bool has_failed() const noexcept {
    return has_failed_;
  }

  /// Words that all have been told, by the greedy one's own ear.
  std::uint64_t words() const noexcept {
    return words_;
  }

  /// Words that anybody was told.
  std::uint64_t heard() const noexcept {
    return heard_;
  }

private:
  void run() {
    try {
      while (!has_stopped_) {
        talk();
        members_.poll(chat_crowd::now_ns() + 10'000'000,
                      [this](chat_member& who, std::string_view payload) {
                        hear(who, payload);
                      });
      }
    } catch (const std::exception& x) {
      std::fprintf(stderr, "chat_rooms: %s\n", x.what());
      has_failed_ = true;
    }
  }

  void hear(chat_member& who, std::string_view payload) {
    ++heard_;
    if (&who != &members_.at(0))
      return;
    // It may hear of some who have joined after it, still.
    event_.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
    if (!event_.has_said())
      return;
    ++words_;
    --under_way_;
  }

  void talk() {
    static const std::string text(100, 'x');
    for (; is_greedy_ && under_way_ < in_flight_; ++under_way_)
      members_.at(0).say(text);
  }

  const std::size_t in_flight_;
  chat::Envelope event_;
  chat_crowd members_;
  /// Its words on their way; changed by its own thread only.
  std::atomic<std::size_t> under_way_{0};
  std::atomic<bool> is_greedy_{false};
  std::atomic<bool> has_stopped_{false};
  std::atomic<bool> has_failed_{false};
  std::atomic<std::uint64_t> words_{0};
  std::atomic<std::uint64_t> heard_{0};
  std::thread thread_;
};

} // namespace troupe::bench
