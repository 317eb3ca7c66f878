#include "troupe/tests/cluster_audit/chat_line.hpp"

#include <algorithm>

namespace troupe::test {

namespace {

/// Takes a word off the front of `rest`.
std::string next_word(std::string_view& rest) {
  auto result = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), result.size() + 1));
  return std::string{result};
}

} // namespace

chat_line parse_chat_line(std::string_view line) {
  auto rest = line;
  auto kind = next_word(rest);
  auto first = next_word(rest);
  if (first.empty())
    return odd_line{};
  if (kind == "refused")
    return refused_line{first, std::string{rest}};
  auto second = next_word(rest);
  if (kind == "entered" && second.empty())
    return entered_line{first};
  if (kind == "joined" && !second.empty() && rest.empty())
    return joined_line{first, second};
  if (kind == "left" && !second.empty() && rest.empty())
    return left_line{first, second};
  if (kind == "anew" && rest.empty()) {
    if (auto ownership = parse_number(second))
      return anew_line{first, *ownership};
    return odd_line{};
  }
  auto number = parse_stamp(second);
  auto third = next_word(rest);
  if (kind == "said" && number && !third.empty())
    return said_line{first, *number, third, std::string{rest}};
  auto last = parse_stamp(third);
  if (kind == "missed" && number && last && rest.empty())
    return missed_line{first, *number, *last};
  return odd_line{};
}

} // namespace troupe::test
