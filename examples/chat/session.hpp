#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/result.hpp"

#include "troupe/actors/connection.hpp"
#include "troupe/examples/chat/audience.hpp"
#include "troupe/examples/chat/line_form.hpp"
#include "troupe/examples/chat/posting.hpp"

namespace chat {

/// A session to itself: words wait for their way to the room.
struct words_wait {};

/// What one peer may do, whichever format it speaks: checks its commands, asks
/// lobby and rooms, and answers each command by one event. Part of the
/// connection actor `self`, whose behavior owns it.
///
/// A peer has one command under way, or so many words, which go to their room
/// together as far as they came together. What it sends meanwhile
/// is skipped: it waits in its connection, which reads no further, and so in
/// the end at the peer.
class session {
public:
  /// `write` sends a posting to the peer in the format it speaks; rooms tell
  /// `peer`, which is the same one.
  session(troupe::connection* self, caf::actor lobby, recipient peer,
          std::function<void(const posting&)> write);

  /// What the peer said before its end is said.
  ~session();

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Carries out a command: one of those in chat.proto, or a line.
  template <class Command>
  caf::result<void> handle(const Command& x) {
    if (is_busy())
      return caf::skip;
    run(x);
    return {};
  }

private:
  bool is_busy() const noexcept;

  void run(const Enter& x);
  void run(const Join& x);
  void run(const Leave& x);
  void run(const Say& x);
  void run(const List& x);
  void run(std::string_view line);

  void post_words();

  void refuse(std::string_view command, std::string_view why);

  /// Refuses `command` unless the peer has a nickname.
  bool has_entered(std::string_view command);

  void join(const Join& x, const caf::actor& relay);

  template <class... Answer, class Message, class F>
  void ask(std::string_view command, const caf::actor& whom, Message what,
           F then);

  troupe::connection* self_;
  caf::actor lobby_;
  recipient peer_;
  std::function<void(const posting&)> write_;
  /// Empty until the lobby has granted it.
  std::string nickname_;
  /// Their relays.
  std::map<std::string, caf::actor, std::less<>> rooms_;
  bool is_waiting_ = false;
  /// Said, and not yet on their way to this room.
  std::vector<std::string> words_;
  caf::actor room_of_words_;
  /// These included.
  std::size_t words_under_way_ = 0;
  std::size_t text_bytes_under_way_ = 0;
};

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::words_wait)
