#include "troupe/examples/chat/conversation.hpp"

#include <chrono>
#include <iostream>

#include "troupe/examples/chat/denial.hpp"
#include "troupe/examples/chat/rules.hpp"

namespace chat {

namespace {

/// Whoever does not read what we print makes us wait, and so the server: that
/// is as it should be, we have nothing else to do.
void print(const std::string& line) {
  std::cout << line << std::endl;
}

} // namespace

template <class Command>
void conversation::send(Command& command) {
  if constexpr (std::is_same_v<Command, Join>)
    room_ = command.room();
  ++unanswered_;
  self_->write(std::move(command));
}

void conversation::handle(const typed& x) {
  std::string_view line{x.line};
  if (!is_text(line)) {
    if (!line.empty())
      print("refused line " + std::string{text_rule});
    input_.line_done();
  } else if (!line.starts_with('/')) {
    Say say;
    say.set_room(room_);
    say.set_text(x.line);
    send(say);
  } else if (auto command = parse_command(line.substr(1))) {
    std::visit([this](auto& y) { send(y); }, *command);
  } else {
    print("refused line the commands are: /join ROOM, /leave ROOM, /list, "
          "/list ROOM, /say ROOM TEXT");
    input_.line_done();
  }
}

void conversation::handle(const typing_ended&) {
  has_typing_ended_ = true;
  self_->delayed_send(self_, std::chrono::seconds{5}, answers_overdue{});
  end_if_all_is_answered();
}

void conversation::handle(const answers_overdue&) {
  self_->close(make_denial(std::to_string(unanswered_)
                           + " lines were not answered within 5 s"));
}

void conversation::handle(const Entered& x) {
  nickname_ = x.nickname();
  print(to_line(x));
  answered();
}

void conversation::handle(const Joined& x) {
  print(to_line(x));
  if (x.nickname() != nickname_)
    return;
  rooms_.insert(x.room());
  answered();
}

void conversation::handle(const Left& x) {
  print(to_line(x));
  if (x.nickname() != nickname_)
    return;
  rooms_.erase(x.room());
  answered();
}

void conversation::handle(const Said& x) {
  print(to_line(x));
  // What we said before we joined is history and answers nothing.
  if (x.nickname() == nickname_ && rooms_.contains(x.room()))
    answered();
}

void conversation::handle(const Anew& x) {
  print(to_line(x));
}

void conversation::handle(const Missed& x) {
  print(to_line(x));
}

void conversation::handle(const Rooms& x) {
  print(to_line(x));
  answered();
}

void conversation::handle(const Members& x) {
  print(to_line(x));
  answered();
}

void conversation::handle(const Refused& x) {
  if (x.command() == "enter" && nickname_.empty()) {
    self_->close(make_denial(x.why()));
    return;
  }
  print(to_line(x));
  answered();
}

/// What was refused as unknown may be told later nevertheless.
void conversation::answered() {
  if (unanswered_ == 0)
    return;
  --unanswered_;
  input_.line_done();
  end_if_all_is_answered();
}

void conversation::end_if_all_is_answered() {
  if (has_typing_ended_ && unanswered_ == 0)
    self_->close(caf::exit_reason::user_shutdown);
}

} // namespace chat
