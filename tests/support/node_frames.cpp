#include "troupe/tests/support/node_frames.hpp"

namespace troupe::test {

namespace {

/// Atoms of CAF, 6 bits a character.
constexpr std::uint64_t atom_default = 0x3E9AAB9BAC79;
constexpr std::uint64_t atom_troupe = 0xFE77D3AD6A;

constexpr std::uint64_t basp_version = 3;

std::string big_endian(std::uint64_t x, int bytes) {
  std::string result;
  for (auto i = bytes - 1; i >= 0; --i)
    result += static_cast<char>(x >> (8 * i) & 0xFF);
  return result;
}

std::string length_of(std::size_t x) {
  std::string result;
  for (; x > 127; x >>= 7)
    result += static_cast<char>((x & 127) | 128);
  return result + static_cast<char>(x);
}

} // namespace

std::string u32_of(std::uint64_t x) {
  return big_endian(x, 4);
}

std::string u64_of(std::uint64_t x) {
  return big_endian(x, 8);
}

std::string text_of(std::string_view x) {
  return length_of(x.size()) + std::string{x};
}

std::string bytes_of(const basp_header& x) {
  return big_endian(static_cast<std::uint8_t>(x.operation), 1)
         + big_endian(x.flags, 3) + u32_of(x.payload_bytes) + u64_of(x.data)
         + u64_of(x.sender) + u64_of(x.receiver);
}

std::string basp_frame(basp_header header, std::string_view payload) {
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  return bytes_of(header) + std::string{payload};
}

std::string node_id_of(std::uint8_t number) {
  return u64_of(atom_default) + u32_of(number + 1U)
         + std::string(20, static_cast<char>(number + 1));
}

std::string client_handshake_of(std::uint8_t number) {
  return basp_frame({basp_operation::client_handshake}, node_id_of(number));
}

std::string server_handshake_of(std::uint8_t number) {
  return basp_frame({basp_operation::server_handshake, 0, 0, basp_version},
                    node_id_of(number) + length_of(1)
                      + text_of("generic-caf-app") + u64_of(0) + length_of(0));
}

std::string message_of(std::string_view type, std::string_view fields) {
  return big_endian(0, 2) + text_of("@<>+" + std::string{type})
         + std::string{fields};
}

std::string node_message(std::string_view type, std::string_view fields) {
  return basp_frame({basp_operation::direct_message, 1, 0, 0, 0, atom_troupe},
                    length_of(0) + message_of(type, fields));
}

std::string hello_of(const hello_fields& x) {
  return node_message("troupe.hello", u32_of(x.version) + text_of(x.cluster)
                                        + text_of(x.name)
                                        + u64_of(x.incarnation));
}

std::string beat_of(std::uint64_t sent_ms, std::uint64_t heard_ms,
                    const std::vector<std::string>& reachable) {
  auto fields = u64_of(sent_ms) + u64_of(heard_ms)
                + length_of(reachable.size());
  for (auto& x : reachable)
    fields += text_of(x) + u64_of(hello_fields{}.incarnation);
  return node_message("troupe.beat", fields);
}

std::uint64_t last_beat_ms(std::string_view received) {
  constexpr std::string_view type = "@<>+troupe.beat";
  auto found = received.rfind(type);
  if (found == received.npos)
    return 0;
  std::uint64_t result = 0;
  for (auto x : received.substr(found + type.size(), 8))
    result = result << 8 | static_cast<unsigned char>(x);
  return result;
}

std::string parcels_of(std::string_view published, std::size_t count,
                       std::string_view content) {
  auto fields = length_of(count);
  for (std::size_t i = 0; i < count; ++i)
    fields += big_endian(1, 1) + text_of(published) + u64_of(0) + u64_of(0)
              + u64_of(0) + text_of("") + u32_of(5000) + text_of(content);
  return node_message("troupe.parcels", fields);
}

} // namespace troupe::test
