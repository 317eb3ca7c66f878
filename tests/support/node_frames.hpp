#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What nodes send each other, byte by byte: CAF 0.17's BASP, without CAF, so
/// that it can be wrong as well. All numbers are big endian.
///
///     header          32 bytes
///       operation      1
///       zero           2
///       flags          1
///       payload length 4
///       data           8   version of a handshake, else number of a message
///       sender         8
///       receiver       8
///
///     text            length, then that many bytes
///     sequence        length, then its elements
///     length          7 bits a byte, the lowest first, bit 7 if more follow
///     node            "default" as an atom (8), process (4), host (20)
///     message         zero (2), text "@<>+NAME", fields
namespace troupe::test {

enum class basp_operation : std::uint8_t {
  server_handshake,
  client_handshake,
  direct_message,
  routed_message,
  monitor_message,
  down_message,
  heartbeat,
};

struct basp_header {
  basp_operation operation = basp_operation::heartbeat;
  std::uint8_t flags = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t data = 0;
  std::uint64_t sender = 0;
  std::uint64_t receiver = 0;
};

std::string bytes_of(const basp_header& x);

/// `header` with the length of `payload`, and that.
std::string basp_frame(basp_header header, std::string_view payload);

/// Numbers of 32 and of 64 bits.
std::string u32_of(std::uint64_t x);
std::string u64_of(std::uint64_t x);

std::string text_of(std::string_view x);

/// A node that is none: each number is another.
std::string node_id_of(std::uint8_t number);

std::string client_handshake_of(std::uint8_t number);

std::string server_handshake_of(std::uint8_t number);

/// A message of one type, as part of a payload.
std::string message_of(std::string_view type, std::string_view fields);

/// A frame with such a message, for those who take what nodes say.
std::string node_message(std::string_view type, std::string_view fields);

struct hello_fields {
  std::string name;
  std::string cluster = "troupe";
  std::uint32_t version = 1;
  std::uint64_t incarnation = UINT64_MAX;
};

std::string hello_of(const hello_fields& x);

std::string beat_of(std::uint64_t sent_ms, std::uint64_t heard_ms,
                    const std::vector<std::string>& reachable);

/// What the sender has counted in the last beat in `received`; 0 if there is
/// none.
std::uint64_t last_beat_ms(std::string_view received);

/// `count` parcels for a published actor.
std::string parcels_of(std::string_view published, std::size_t count,
                       std::string_view content);

} // namespace troupe::test
