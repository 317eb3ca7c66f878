#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::bench {

// The wire format of the echo benches:
//
//   bytes 0..3   payload length, big endian
//   bytes 4..    payload

constexpr std::size_t frame_header_bytes = 4;

/// A longer payload is an error of the peer.
constexpr std::size_t payload_bytes_max = 16 * 1024 * 1024;

inline std::size_t payload_bytes(const char* header) noexcept {
  auto byte = [header](int index) {
    return std::size_t{static_cast<unsigned char>(header[index])};
  };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

inline void store_frame_header(char* out, std::size_t payload) noexcept {
  out[0] = static_cast<char>(payload >> 24);
  out[1] = static_cast<char>(payload >> 16);
  out[2] = static_cast<char>(payload >> 8);
  out[3] = static_cast<char>(payload);
}

/// The complete frames at the front of a buffer.
struct frame_run {
  /// Bytes of all complete frames, headers included.
  std::size_t bytes = 0;
  /// Bytes that the next frame takes, as far as its header is known.
  std::size_t next_frame_bytes = frame_header_bytes;
  /// The next frame is over `payload_bytes_max`.
  bool too_large = false;
};

inline frame_run find_frames(const char* data, std::size_t size) noexcept {
  frame_run run;
  while (size - run.bytes >= frame_header_bytes) {
    auto payload = payload_bytes(data + run.bytes);
    run.too_large = payload > payload_bytes_max;
    run.next_frame_bytes = frame_header_bytes + payload;
    if (run.too_large || size - run.bytes < run.next_frame_bytes)
      return run;
    run.bytes += run.next_frame_bytes;
  }
  run.next_frame_bytes = frame_header_bytes;
  return run;
}

} // namespace troupe::bench
