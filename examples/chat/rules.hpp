#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace chat {

/// Every bound of the chat; docs/chat.md lists them for who writes a client.
namespace limits {

/// Nicknames and names of rooms.
inline constexpr std::size_t name_bytes_max = 24;

inline constexpr std::size_t text_bytes_max = 1000;

/// Of each node.
inline constexpr std::size_t rooms_max = 256;
inline constexpr std::size_t members_max = 1'000;

/// So many that the longest list, of rooms or of members, is a line of 8 KiB.
inline constexpr std::size_t listed_max = 256;

/// Rooms one session is in at a time.
inline constexpr std::size_t joined_rooms_max = 16;

/// What one session has said without an answer, in words, and in bytes of text
/// before the last of them. What all 1,000 members of a room have said so is
/// less than may wait for each of them (`output_bytes_max`).
inline constexpr std::size_t words_under_way_max = 64;
inline constexpr std::size_t text_bytes_under_way_max = 16 * text_bytes_max;

/// What a room remembers for who joins: 256 rooms hold 32 MiB at most.
inline constexpr std::size_t history_messages_max = 100;
inline constexpr std::size_t history_bytes_max = 128 * 1024;

/// What a room can tell again to nodes that have not heard it: as long as a
/// node may be cut off and its members miss nothing.
inline constexpr std::size_t log_entries_max = 4096;
inline constexpr std::size_t log_bytes_max = 512 * 1024;

/// What of that a relay keeps until what was told before it arrives, and how
/// much text goes to the room together.
inline constexpr std::size_t early_max = 256;
inline constexpr std::size_t post_bytes_max = 64 * 1024;

/// Relays that a room knows: of nodes, and of those whose relays are gone and
/// may come back.
inline constexpr std::size_t relays_max = 256;

/// How often a relay looks whether it has heard all, and asks again for a room
/// that nobody owns.
inline constexpr std::chrono::milliseconds relay_refresh{1000};
inline constexpr std::chrono::milliseconds relay_retry{100};

/// How long a relay may say nothing until its members are taken for gone, and
/// how long it may come back and nothing is told twice.
inline constexpr std::chrono::seconds relay_silence_max{10};
inline constexpr std::chrono::seconds relay_memory{120};

/// How long what a client wants may wait for a room that cannot be reached.
inline constexpr std::chrono::seconds room_wait_max{5};

/// How long a list waits for the other nodes.
inline constexpr std::chrono::milliseconds census_wait_max{1000};

/// Payload of a protobuf frame, either way. The longest list is 10 KiB.
inline constexpr std::size_t frame_bytes_max = 16 * 1024;

} // namespace limits

inline constexpr std::string_view name_rule
  = "a name is 1 to 24 letters, digits, '_' or '-'";

inline constexpr std::string_view text_rule
  = "a text is 1 to 1000 bytes of UTF-8 without control characters";

/// Whether `x` may name a person or a room.
bool is_name(std::string_view x);

/// Whether `x` may be said: what passes cannot end a line early, is valid in
/// a protobuf string, and is safe to print on a terminal.
bool is_text(std::string_view x);

} // namespace chat
