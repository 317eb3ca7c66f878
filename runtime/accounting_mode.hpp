#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// How far the work of a server is told apart: to see what that does, and what
/// it costs. Limits and shares mean little unless it is `everywhere`.
enum class accounting_mode : std::uint8_t {
  /// All connections and actors are on one bill, the application's, and so in
  /// one queue, first in, first out, as with CAF's own scheduler.
  off,
  /// Connections have bills of their own. A shared actor has one mailbox, first
  /// in, first out, on the bill of whoever spawned it.
  connections,
  /// A shared actor works on the bill of whoever caused each message, too.
  everywhere,
};

std::string to_string(accounting_mode x);

/// Nothing if no mode has that name.
std::optional<accounting_mode> parse_accounting_mode(std::string_view text);

} // namespace troupe
