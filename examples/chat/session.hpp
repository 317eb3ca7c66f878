#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "caf/actor.hpp"
#include "caf/result.hpp"

#include "troupe/actors/connection.hpp"
#include "troupe/examples/chat/line_form.hpp"
#include "troupe/examples/chat/posting.hpp"
#include "troupe/examples/chat/room.hpp"

namespace chat {

/// What one peer may do, whichever format it speaks: checks its commands, asks
/// lobby and rooms, and answers each command by one event. Part of the
/// connection actor `self`, whose behavior owns it.
///
/// A peer has one command under way, or so many words. What it sends meanwhile
/// is skipped: it waits in its connection, which reads no further, and so in
/// the end at the peer. What lobby and rooms send is taken all the while.
class session {
public:
  /// `write` sends a posting to the peer in the format it speaks.
  session(troupe::connection* self, caf::actor lobby,
          std::function<void(const posting&)> write);

  /// Carries out a command: one of those in chat.proto, or a line.
  template <class Command>
  caf::result<void> handle(const Command& x) {
    if (is_busy())
      return caf::skip;
    run(x);
    return {};
  }

  /// Passes on what a room tells its members.
  void tell(const told& x) {
    for (auto& posting : x.postings)
      write_(posting);
  }

private:
  bool is_busy() const noexcept;

  void run(const Enter& x);
  void run(const Join& x);
  void run(const Leave& x);
  void run(const Say& x);
  void run(const List& x);
  void run(std::string_view line);

  void refuse(std::string_view command, std::string_view why);

  /// Refuses `command` unless the peer has a nickname.
  bool has_entered(std::string_view command);

  void join(const std::string& name, const caf::actor& room);

  template <class Answer, class Message, class F>
  void ask(std::string_view command, const caf::actor& whom, Message what,
           F then);

  troupe::connection* self_;
  caf::actor lobby_;
  std::function<void(const posting&)> write_;
  /// Empty until the lobby has granted it.
  std::string nickname_;
  std::map<std::string, caf::actor, std::less<>> rooms_;
  bool is_waiting_ = false;
  std::size_t words_under_way_ = 0;
};

} // namespace chat
