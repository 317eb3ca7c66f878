#include "troupe/actors/utf8_text.hpp"

#include <cstdint>

namespace troupe {

namespace {

/// Bytes of the character that `text` begins with; 0 if that is none.
std::size_t character_bytes(std::string_view text) {
  auto at = [&](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  auto first = at(0);
  if (first < 0x80)
    return 1;
  std::size_t count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  auto code = first & (0x7FU >> count);
  for (std::size_t i = 1; i < count; ++i) {
    if ((at(i) & 0xC0) != 0x80)
      return 0;
    code = code << 6 | (at(i) & 0x3F);
  }
  // Neither longer than need be, nor half of a surrogate pair, nor too large.
  constexpr std::uint32_t least[] = {0x80, 0x800, 0x10000};
  auto is_valid = first >= 0xC2 && first < 0xF5 && code >= least[count - 2]
                  && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  return is_valid ? count : 0;
}

} // namespace

std::string utf8_text(std::string_view text, std::size_t bytes_max) {
  std::string result;
  while (!text.empty()) {
    auto count = character_bytes(text);
    if (result.size() + (count == 0 ? 1 : count) > bytes_max)
      break;
    if (count == 0)
      result += '?';
    else
      result += text.substr(0, count);
    text.remove_prefix(count == 0 ? 1 : count);
  }
  return result;
}

} // namespace troupe
