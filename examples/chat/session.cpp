#include "troupe/examples/chat/session.hpp"

#include <utility>

#include "caf/send.hpp"

#include "troupe/examples/chat/denial.hpp"
#include "troupe/examples/chat/lobby.hpp"
#include "troupe/examples/chat/relay.hpp"
#include "troupe/examples/chat/rules.hpp"
#include "troupe/runtime/log.hpp"

namespace chat {

session::session(troupe::connection* self, caf::actor lobby, recipient peer,
                 std::function<void(const posting&)> write)
  : self_(self),
    lobby_(std::move(lobby)),
    peer_(std::move(peer)),
    write_(std::move(write)) {
  // nop
}

session::~session() {
  if (!words_.empty())
    caf::anon_send(room_of_words_, post{nickname_, std::move(words_)});
}

bool session::is_busy() const noexcept {
  return is_waiting_ || words_under_way_ >= limits::words_under_way_max
         || text_bytes_under_way_ >= limits::text_bytes_under_way_max;
}

/// Asks, and is busy until there is an answer. There always is one: a request
/// that cannot be delivered is answered by an error. `command` is a literal.
template <class... Answer, class Message, class F>
void session::ask(std::string_view command, const caf::actor& whom,
                  Message what, F then) {
  is_waiting_ = true;
  self_->request(whom, caf::infinite, std::move(what))
    .then(
      [this, then](const Answer&... x) {
        is_waiting_ = false;
        then(x...);
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
                  [this, x](const caf::actor& relay) { join(x, relay); });
}

void session::join(const Join& x, const caf::actor& relay) {
  is_waiting_ = true;
  self_
    ->request(relay, caf::infinite,
              add_member{nickname_, peer_, x.ownership(), x.sequence()})
    .then(
      [this, name = x.room(), relay] {
        is_waiting_ = false;
        rooms_.emplace(name, relay);
      },
      [this, name = x.room()](const caf::error& e) {
        is_waiting_ = false;
        self_->send(lobby_, leave_room{name});
        refuse("join", why(e));
      });
}

void session::run(const Leave& x) {
  auto found = rooms_.find(x.room());
  if (found == rooms_.end())
    return refuse("leave", "you are not in this room");
  post_words();
  ask("leave", found->second, remove_member{}, [this, name = x.room()] {
    rooms_.erase(name);
    self_->send(lobby_, leave_room{name});
  });
}

void session::run(const Say& x) {
  auto found = rooms_.find(x.room());
  if (found == rooms_.end())
    return refuse("say", "you are not in this room");
  if (!is_text(x.text()))
    return refuse("say", text_rule);
  if (room_of_words_ != found->second)
    post_words();
  ++words_under_way_;
  text_bytes_under_way_ += x.text().size();
  words_.push_back(x.text());
  if (words_.size() > 1)
    return;
  room_of_words_ = found->second;
  // Comes behind what the peer has sent already, and holds up its end.
  self_->request(caf::actor{self_}, caf::infinite, words_wait{}).then([this] {
    post_words();
  });
}

void session::post_words() {
  if (words_.empty())
    return;
  auto count = words_.size();
  std::size_t bytes = 0;
  for (auto& x : words_)
    bytes += x.size();
  auto end = [this, count, bytes] {
    words_under_way_ -= count;
    text_bytes_under_way_ -= bytes;
  };
  self_
    ->request(std::exchange(room_of_words_, {}), caf::infinite,
              post{nickname_, std::exchange(words_, {})})
    .then(end, [this, end, count](const caf::error& e) {
      end();
      for (std::size_t i = 0; i < count; ++i)
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
