#pragma once

#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"

namespace chat {

/// Event: somebody has typed a line.
struct typed {
  std::string line;
};

/// Event: standard input has ended.
struct typing_ended {};

/// Reads standard input on a thread of its own, since reading blocks and actors
/// must not. At most `lines_max` lines are under way at a time: each goes
/// to an actor, and takes a place until somebody calls `line_done`.
class line_reader {
public:
  static constexpr std::ptrdiff_t lines_max = 64;

  /// A longer line arrives in pieces.
  static constexpr std::size_t line_bytes_max = 4096;

  /// Sends `receiver` the lines `before`, as if they had been typed first, and
  /// then what is typed. Call it once. The destructor ends it, and waits.
  void start(caf::actor receiver, std::vector<std::string> before);

  /// Any thread.
  void line_done() noexcept {
    places_.release();
  }

private:
  void run(const std::stop_token& stop, const caf::actor& receiver);
  bool pass_on(const std::stop_token& stop, const caf::actor& receiver,
               std::string line);

  std::counting_semaphore<> places_{lines_max};
  std::jthread thread_;
};

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::typed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::typing_ended)
