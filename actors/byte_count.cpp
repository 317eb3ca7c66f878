#include "troupe/actors/byte_count.hpp"

#include <charconv>

#include "troupe/runtime/limits.hpp"

namespace troupe {

std::optional<std::uint64_t> parse_byte_count(std::string_view text) {
  constexpr std::string_view units = "KMG";
  auto unit = text.empty() ? units.npos : units.find(text.back());
  auto shift = unit == units.npos ? 0 : 10 * (unit + 1);
  if (shift > 0)
    text.remove_suffix(1);
  std::uint64_t result = 0;
  auto* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, result);
  if (text.empty() || error != std::errc{} || stop != end
      || result > limits::unlimited >> shift)
    return std::nullopt;
  return result << shift;
}

} // namespace troupe
