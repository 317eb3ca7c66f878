#pragma once

#include <charconv>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::test {

/// The number of a message of a room, `OWNERSHIP.SEQUENCE`. Each owner of a
/// room counts from 1, and who owns it later has a greater ownership.
struct stamp {
  std::uint64_t ownership = 0;
  std::uint64_t sequence = 0;

  auto operator<=>(const stamp&) const = default;
};

inline std::string to_string(const stamp& x) {
  return std::to_string(x.ownership) + '.' + std::to_string(x.sequence);
}

inline std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t result = 0;
  const auto* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return result;
}

inline std::optional<stamp> parse_stamp(std::string_view text) {
  auto dot = text.find('.');
  if (dot == text.npos)
    return std::nullopt;
  auto ownership = parse_number(text.substr(0, dot));
  auto sequence = parse_number(text.substr(dot + 1));
  if (!ownership || !sequence)
    return std::nullopt;
  return stamp{*ownership, *sequence};
}

} // namespace troupe::test
