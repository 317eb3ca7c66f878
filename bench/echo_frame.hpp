#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "troupe/bench/frame_run.hpp"

namespace troupe::bench {

/// A frame that tells whose it is, so that a frame which is lost, doubled, out
/// of order, changed or another connection's cannot pass for the right one.
/// Payload: connection (8 bytes), sequence number (8), then a pattern that
/// depends on both.
struct echo_frame {
  static constexpr std::size_t payload_bytes_min = 16;

  std::uint64_t connection;
  std::uint64_t sequence;

  /// Writes header and payload, `frame_header_bytes + payload` bytes in all.
  void store(char* out, std::size_t payload) const noexcept {
    store_frame_header(out, payload);
    out += frame_header_bytes;
    std::memcpy(out, &connection, 8);
    std::memcpy(out + 8, &sequence, 8);
    auto word = first_word();
    auto at = payload_bytes_min;
    for (; at + 8 <= payload; at += 8, word += word_step)
      std::memcpy(out + at, &word, 8);
    if (at < payload)
      std::memcpy(out + at, &word, payload - at);
  }

  /// Whether the `payload` bytes at `in` are the payload of this frame.
  bool matches(const char* in, std::size_t payload) const noexcept {
    auto word_at = [in](std::size_t at) {
      std::uint64_t word;
      std::memcpy(&word, in + at, 8);
      return word;
    };
    // One test at the end: branches would make the load dear for the bench.
    auto difference = (word_at(0) ^ connection) | (word_at(8) ^ sequence);
    auto word = first_word();
    auto at = payload_bytes_min;
    for (; at + 8 <= payload; at += 8, word += word_step)
      difference |= word_at(at) ^ word;
    return difference == 0
           && (at == payload || std::memcmp(in + at, &word, payload - at) == 0);
  }

private:
  static constexpr std::uint64_t word_step = 0x9e3779b97f4a7c15;

  std::uint64_t first_word() const noexcept {
    auto word = (sequence << 24 ^ connection) * word_step;
    return word ^ word >> 29;
  }
};

} // namespace troupe::bench
