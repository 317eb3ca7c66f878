#include "troupe/examples/chat/session.hpp"

#include "troupe/examples/chat/denial.hpp"
#include "troupe/examples/chat/lobby.hpp"
#include "troupe/examples/chat/rules.hpp"
#include "troupe/runtime/log.hpp"

namespace chat {

session::session(troupe::connection* self, caf::actor lobby,
                 std::function<void(const posting&)> write)
  : self_(self), lobby_(std::move(lobby)), write_(std::move(write)) {
  // nop
}

bool session::is_busy() const noexcept {
  return is_waiting_ || words_under_way_ >= limits::words_under_way_max;
}

/// Asks, and is busy until there is an answer. There always is one: a request
/// that cannot be delivered is answered by an error. `command` is a literal.
template <class Answer, class Message, class F>
void session::ask(std::string_view command, const caf::actor& whom,
                  Message what, F then) {
  is_waiting_ = true;
  self_->request(whom, caf::infinite, std::move(what))
    .then(
      [this, then](const Answer& x) {
        is_waiting_ = false;
        then(x);
      },
      [this, command](const caf::error& x) {
        is_waiting_ = false;
        refuse(command, why(x));
      });
}

void session::run(const Enter& x) {
  if (!nickname_.empty())
    return refuse("enter", "you have entered already");
  if (!is_name(x.nickname()))
    return refuse("enter", name_rule);
  ask<posting>("enter", lobby_, take_nickname{x.nickname()},
               [this, nickname = x.nickname()](const posting& entered) {
                 nickname_ = nickname;
                 troupe::log(troupe::log_level::info, "entered",
                             {{"peer", to_string(self_->peer())},
                              {"nickname", nickname}});
                 write_(entered);
               });
}

void session::run(const Join& x) {
  if (!has_entered("join"))
    return;
  if (!is_name(x.room()))
    return refuse("join", name_rule);
  if (rooms_.contains(x.room()))
    return refuse("join", "you are in this room already");
  if (rooms_.size() >= limits::joined_rooms_max)
    return refuse("join", "you are in " + std::to_string(rooms_.size())
                            + " rooms already");
  ask<caf::actor>("join", lobby_, enter_room{x.room()},
                  [this, name = x.room()](const caf::actor& room) {
                    join(name, room);
                  });
}

void session::join(const std::string& name, const caf::actor& room) {
  ask<recalled>("join", room, add_member{nickname_},
                [this, name, room](const recalled& history) {
                  rooms_.emplace(name, room);
                  for (auto& x : history.postings)
                    write_(x);
                });
}

void session::run(const Leave& x) {
  auto found = rooms_.find(x.room());
  if (found == rooms_.end())
    return refuse("leave", "you are not in this room");
  ask<posting>("leave", found->second, remove_member{},
               [this, name = x.room()](const posting& left) {
                 rooms_.erase(name);
                 self_->send(lobby_, leave_room{name});
                 write_(left);
               });
}

void session::run(const Say& x) {
  auto found = rooms_.find(x.room());
  if (found == rooms_.end())
    return refuse("say", "you are not in this room");
  if (!is_text(x.text()))
    return refuse("say", text_rule);
  ++words_under_way_;
  self_->request(found->second, caf::infinite, post{nickname_, x.text()})
    .then([this] { --words_under_way_; },
          [this](const caf::error& e) {
            --words_under_way_;
            refuse("say", why(e));
          });
}

void session::run(const List& x) {
  if (!has_entered("list"))
    return;
  if (x.room().empty())
    ask<posting>("list", lobby_, list_rooms{}, write_);
  else
    ask<posting>("list", lobby_, list_members{x.room()}, write_);
}

void session::run(std::string_view line) {
  if (auto command = parse_command(line))
    std::visit([this](auto& x) { run(x); }, *command);
  else
    refuse("line", "the commands are: enter NICKNAME, join ROOM, leave ROOM, "
                   "say ROOM TEXT, list, list ROOM");
}

void session::refuse(std::string_view command, std::string_view why) {
  write_(make_refusal(command, why));
}

bool session::has_entered(std::string_view command) {
  if (nickname_.empty())
    refuse(command, "enter with a nickname first");
  return !nickname_.empty();
}

} // namespace chat
