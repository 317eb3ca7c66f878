#pragma once

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
///     | leave ROOM      | Leave   |
///     | say ROOM TEXT   | Say     |
///     | list            | List    |
///     | list ROOM       | List    |
///
/// Nothing if it is none of these. Does not look at names and texts.
std::optional<any_command> parse_command(std::string_view line);

/// An event as one line, without its end:
///
///     | line                             | event   |
///     |----------------------------------|---------|
///     | entered NICKNAME                 | Entered |
///     | joined ROOM NICKNAME             | Joined  |
///     | left ROOM NICKNAME               | Left    |
///     | said ROOM SEQUENCE NICKNAME TEXT | Said    |
///     | rooms ROOM=MEMBERS …             | Rooms   |
///     | members ROOM NICKNAME …          | Members |
///     | refused COMMAND WHY              | Refused |
std::string to_line(const Entered& x);
std::string to_line(const Joined& x);
std::string to_line(const Left& x);
std::string to_line(const Said& x);
std::string to_line(const Rooms& x);
std::string to_line(const Members& x);
std::string to_line(const Refused& x);

} // namespace chat
