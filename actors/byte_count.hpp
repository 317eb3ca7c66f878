#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe {

/// Reads a number that may end with K, M or G, which stand for 1024, its square
/// and its cube: "4096", "64K". Nothing if it is none, or is beyond
/// `limits::unlimited`.
std::optional<std::uint64_t> parse_byte_count(std::string_view text);

} // namespace troupe
