#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "troupe/tests/cluster_audit/stamp.hpp"

namespace troupe::test {

// What the chat tells its clients in lines (docs/chat.md), as far as the audit
// looks at it.

/// `entered NICK`
struct entered_line {
  std::string nick;
};

/// `joined ROOM NICK`
struct joined_line {
  std::string room;
  std::string nick;
};

/// `left ROOM NICK`
struct left_line {
  std::string room;
  std::string nick;
};

/// `said ROOM OWNERSHIP.SEQUENCE NICK TEXT`
struct said_line {
  std::string room;
  stamp number;
  std::string nick;
  std::string text;
};

/// `anew ROOM OWNERSHIP`
struct anew_line {
  std::string room;
  std::uint64_t ownership = 0;
};

/// `missed ROOM OWNERSHIP.FIRST OWNERSHIP.LAST`
struct missed_line {
  std::string room;
  stamp first;
  stamp last;
};

/// `refused COMMAND WHY`
struct refused_line {
  std::string command;
  std::string why;
};

/// None of these.
struct odd_line {};

using chat_line = std::variant<odd_line, entered_line, joined_line, left_line,
                               said_line, anew_line, missed_line, refused_line>;

/// Reads a line without its end.
chat_line parse_chat_line(std::string_view line);

} // namespace troupe::test
