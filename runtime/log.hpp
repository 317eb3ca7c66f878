#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace troupe {

enum class log_level : std::uint8_t { debug, info, warning, error };

std::string to_string(log_level level);

/// One key and its value. The value may come from a peer: it is quoted and its
/// control characters are escaped.
struct log_field {
  std::string_view key;
  std::string_view value;
};

/// Writes one line to standard error: time, level, what happened, and the
/// fields as key=value. Any thread. On a worker, the time it takes is charged
/// to the resource container "logging".
void log(log_level level, std::string_view event,
         std::initializer_list<log_field> fields = {});

/// Lines below `level` are dropped before they are made; `info` at first.
void log_threshold(log_level level) noexcept;

/// `text` in double quotes if it needs them, with everything that could start
/// a new line or a terminal sequence escaped.
std::string quoted(std::string_view text);

} // namespace troupe
