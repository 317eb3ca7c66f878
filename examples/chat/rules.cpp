#include "troupe/examples/chat/rules.hpp"

#include <algorithm>
#include <cstdint>

namespace chat {

namespace {

/// Takes one code point from the front of `rest`; 0 if it is malformed: cut
/// short, overlong, a surrogate, or beyond U+10FFFF.
std::uint32_t take_code_point(std::string_view& rest) {
  auto first = static_cast<unsigned char>(rest.front());
  std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || rest.size() < size)
    return 0;
  std::uint32_t result = size == 1 ? first : first & (0x7FU >> size);
  for (auto x : rest.substr(1, size - 1)) {
    if ((x & 0xC0) != 0x80)
      return 0;
    result = result << 6 | (static_cast<unsigned char>(x) & 0x3FU);
  }
  rest.remove_prefix(size);
  auto is_overlong = (size == 3 && result < 0x800)
                     || (size == 4 && result < 0x1'0000);
  auto is_surrogate = result >= 0xD800 && result < 0xE000;
  return is_overlong || is_surrogate || result > 0x10'FFFF ? 0 : result;
}

} // namespace

bool is_name(std::string_view x) {
  return !x.empty() && x.size() <= limits::name_bytes_max
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9') || c == '_' || c == '-';
            });
}

bool is_text(std::string_view x) {
  if (x.empty() || x.size() > limits::text_bytes_max)
    return false;
  while (!x.empty()) {
    auto c = take_code_point(x);
    if (c < 0x20 || (c >= 0x7F && c < 0xA0))
      return false;
  }
  return true;
}

} // namespace chat
