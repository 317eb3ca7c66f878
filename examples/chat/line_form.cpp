#include "troupe/examples/chat/line_form.hpp"

namespace chat {

namespace {

/// Takes the word in front of the first space, and that space.
std::string take_word(std::string_view& rest) {
  auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  return std::string{word};
}

} // namespace

std::optional<any_command> parse_command(std::string_view line) {
  auto verb = take_word(line);
  if (verb == "say") {
    Say result;
    result.set_room(take_word(line));
    result.set_text(std::string{line});
    return result;
  }
  auto name = std::string{line};
  if (verb == "enter") {
    Enter result;
    result.set_nickname(name);
    return result;
  }
  if (verb == "join") {
    Join result;
    result.set_room(name);
    return result;
  }
  if (verb == "leave") {
    Leave result;
    result.set_room(name);
    return result;
  }
  if (verb == "list") {
    List result;
    result.set_room(name);
    return result;
  }
  return std::nullopt;
}

std::string to_line(const Entered& x) {
  return "entered " + x.nickname();
}

std::string to_line(const Joined& x) {
  return "joined " + x.room() + " " + x.nickname();
}

std::string to_line(const Left& x) {
  return "left " + x.room() + " " + x.nickname();
}

std::string to_line(const Said& x) {
  return "said " + x.room() + " " + std::to_string(x.sequence()) + " "
         + x.nickname() + " " + x.text();
}

std::string to_line(const Rooms& x) {
  std::string result = "rooms";
  for (auto& room : x.rooms())
    result += " " + room.name() + "=" + std::to_string(room.members());
  return result;
}

std::string to_line(const Members& x) {
  std::string result = "members " + x.room();
  for (auto& nickname : x.nicknames())
    result += " " + nickname;
  return result;
}

std::string to_line(const Refused& x) {
  return "refused " + x.command() + " " + x.why();
}

} // namespace chat
