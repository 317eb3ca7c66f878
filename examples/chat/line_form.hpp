#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "chat/chat.pb.h"

namespace chat {

using any_command = std::variant<Enter, Join, Leave, Say, List>;

/// Reads a command as a person types it:
///
///     | line            | command |
///     |-----------------|---------|
///     | enter NICKNAME  | Enter   |
///     | join ROOM       | Join    |
///     | join ROOM LAST  | Join    |
///     | leave ROOM      | Leave   |
///     | say ROOM TEXT   | Say     |
///     | list            | List    |
///     | list ROOM       | List    |
///
/// LAST is the SEQUENCE of a message. Nothing if it is none of these. Does not
/// look at names and texts.
std::optional<any_command> parse_command(std::string_view line);

/// An event as one line, without its end:
///
///     | line                             | event   |
///     |----------------------------------|---------|
///     | entered NICKNAME                 | Entered |
///     | joined ROOM NICKNAME             | Joined  |
///     | left ROOM NICKNAME               | Left    |
///     | said ROOM SEQUENCE NICKNAME TEXT | Said    |
///     | anew ROOM OWNERSHIP              | Anew    |
///     | missed ROOM SEQUENCE SEQUENCE    | Missed  |
///     | rooms ROOM=MEMBERS …             | Rooms   |
///     | members ROOM NICKNAME …          | Members |
///     | refused COMMAND WHY              | Refused |
///
/// In a cluster SEQUENCE is OWNERSHIP.NUMBER, else it is NUMBER.
std::string to_line(const Entered& x);
std::string to_line(const Joined& x);
std::string to_line(const Left& x);
std::string to_line(const Said& x);
std::string to_line(const Anew& x);
std::string to_line(const Missed& x);
std::string to_line(const Rooms& x);
std::string to_line(const Members& x);
std::string to_line(const Refused& x);

/// The line of a `Said` that need not be made.
std::string said_line(std::string_view room, std::uint64_t ownership,
                      std::uint64_t sequence, std::string_view nickname,
                      std::string_view text);

} // namespace chat
