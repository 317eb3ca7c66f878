#pragma once

#include <set>
#include <string>
#include <string_view>

#include "troupe/actors/connection.hpp"
#include "troupe/codec/protobuf.hpp"
#include "troupe/examples/chat/line_form.hpp"
#include "troupe/examples/chat/line_reader.hpp"

namespace chat {

/// Event: the last answers have had their time.
struct answers_overdue {};

/// What the terminal client does: sends what is typed, prints what happens, and
/// ends, with `user_shutdown`, when all commands are answered and no more can
/// come. Part of the connection actor `self`, whose behavior owns it.
class conversation {
public:
  using peer = troupe::connection_of<troupe::protobuf_codec<Envelope>>;

  conversation(peer* self, line_reader& input) : self_(self), input_(input) {
    // nop
  }

  void handle(const typed& x);
  void handle(const typing_ended&);
  void handle(const answers_overdue&);

  void handle(const Entered& x);
  void handle(const Joined& x);
  void handle(const Left& x);
  void handle(const Said& x);
  void handle(const Anew& x);
  void handle(const Missed& x);
  void handle(const Rooms& x);
  void handle(const Members& x);
  void handle(const Refused& x);

private:
  template <class Command>
  void send(Command& command);

  /// Counts the answer to a command.
  void answered();

  void end_if_all_is_answered();

  peer* self_;
  line_reader& input_;
  std::string nickname_;
  /// Where we are; in `room_`, the last one joined, goes what is typed.
  std::set<std::string, std::less<>> rooms_;
  std::string room_;
  std::size_t unanswered_ = 0;
  bool has_typing_ended_ = false;
};

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::answers_overdue)
