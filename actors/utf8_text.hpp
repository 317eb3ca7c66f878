#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe {

/// `text` as a protobuf string takes it: valid UTF-8, with a question mark for
/// each byte that is not part of a character, and at most `bytes_max` bytes.
std::string utf8_text(std::string_view text, std::size_t bytes_max);

} // namespace troupe
