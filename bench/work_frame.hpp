#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "troupe/bench/frame_run.hpp"

namespace troupe::bench {

/// A frame with a `work.Work` that asks for nothing but its number, which tells
/// whose it is. The `work.WorkDone` that answers it has the same bytes: the tag
/// of a first field, then the number as a varint, of 8 bytes since bit 55 is
/// set.
struct work_frame {
  static constexpr std::size_t payload_bytes = 9;
  static constexpr std::size_t connections_max = std::size_t{1} << 20;

  std::uint64_t connection;
  std::uint64_t sequence;

  /// Writes header and payload.
  void store(char* out) const noexcept {
    store_frame_header(out, payload_bytes);
    store_payload(out + frame_header_bytes);
  }

  bool matches(const char* in) const noexcept {
    std::array<char, payload_bytes> expected;
    store_payload(expected.data());
    return std::memcmp(in, expected.data(), expected.size()) == 0;
  }

private:
  void store_payload(char* out) const noexcept {
    *out++ = 0x08;
    auto number = std::uint64_t{1} << 55 | connection << 32
                  | (sequence & 0xffff'ffff);
    for (; number >= 0x80; number >>= 7)
      *out++ = static_cast<char>(number | 0x80);
    *out = static_cast<char>(number);
  }
};

} // namespace troupe::bench
