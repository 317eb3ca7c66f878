#include "troupe/examples/chat/line_form.hpp"

#include <algorithm>
#include <array>
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

void add_number(std::uint64_t x, std::string& line) {
  std::array<char, 20> digits;
  auto* end
    = std::to_chars(digits.data(), digits.data() + digits.size(), x).ptr;
  line.append(digits.data(), end);
}

void add_sequence(std::uint64_t ownership, std::uint64_t sequence,
                  std::string& line) {
  if (ownership != 0) {
    add_number(ownership, line);
    line += '.';
  }
  add_number(sequence, line);
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
  return said_line(x.room(), x.ownership(), x.sequence(), x.nickname(),
                   x.text());
}

std::string said_line(std::string_view room, std::uint64_t ownership,
                      std::uint64_t sequence, std::string_view nickname,
                      std::string_view text) {
  std::string result;
  result.reserve(room.size() + nickname.size() + text.size() + 50);
  result.append("said ").append(room) += ' ';
  add_sequence(ownership, sequence, result);
  ((result += ' ').append(nickname) += ' ').append(text);
  return result;
}

std::string to_line(const Anew& x) {
  return "anew " + x.room() + " " + std::to_string(x.ownership());
}

std::string to_line(const Missed& x) {
  auto result = "missed " + x.room() + " ";
  add_sequence(x.ownership(), x.first(), result);
  result += ' ';
  add_sequence(x.ownership(), x.last(), result);
  return result;
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
