#include "troupe/examples/chat/line_form.hpp"

#include <algorithm>
#include <charconv>

namespace chat {

namespace {

/// Takes the word in front of the first space, and that space.
std::string take_word(std::string_view& rest) {
  auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  return std::string{word};
}

/// False if `text` is no number.
bool read_number(std::string_view text, std::uint64_t& result) {
  auto end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, result);
  return read.ec == std::errc{} && read.ptr == end;
}

/// "OWNERSHIP.NUMBER" or "NUMBER".
bool read_sequence(std::string_view text, Join& result) {
  std::uint64_t ownership = 0;
  std::uint64_t sequence = 0;
  auto point = text.find('.');
  if (point != text.npos && !read_number(text.substr(0, point), ownership))
    return false;
  if (!read_number(text.substr(point == text.npos ? 0 : point + 1), sequence))
    return false;
  result.set_ownership(ownership);
  result.set_sequence(sequence);
  return true;
}

std::string sequence_text(std::uint64_t ownership, std::uint64_t sequence) {
  auto number = std::to_string(sequence);
  return ownership == 0 ? number : std::to_string(ownership) + '.' + number;
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
    result.set_room(take_word(line));
    if (!line.empty() && !read_sequence(line, result))
      return std::nullopt;
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
  return "said " + x.room() + " " + sequence_text(x.ownership(), x.sequence())
         + " " + x.nickname() + " " + x.text();
}

std::string to_line(const Anew& x) {
  return "anew " + x.room() + " " + std::to_string(x.ownership());
}

std::string to_line(const Missed& x) {
  return "missed " + x.room() + " " + sequence_text(x.ownership(), x.first())
         + " " + sequence_text(x.ownership(), x.last());
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
