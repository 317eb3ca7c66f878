#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "work/work.pb.h"

namespace work::limits {

/// Bytes of a request: 43 are enough for any that keeps to the other bounds.
inline constexpr std::size_t request_bytes_max = 256;

/// Ten seconds of a core show whatever a stall does to a server.
inline constexpr std::uint32_t spin_us_max = 10'000'000;
inline constexpr std::uint32_t slice_us_max = spin_us_max;

/// Sleeps may be longer than a server that drains waits by default.
inline constexpr std::uint32_t sleep_us_max = 20'000'000;

/// An eighth of the unsent output at which a peer is closed.
inline constexpr std::uint32_t reply_bytes_max = 4 * 1024 * 1024;

/// A connection has one request under way, so a hundred hold 6.4 GB.
inline constexpr std::uint32_t allocate_bytes_max = 64 * 1024 * 1024;

/// An answer with the largest payload: id, two tags and a length on top.
inline constexpr std::size_t answer_bytes_max = reply_bytes_max + 32;

/// Readings of the ledger this often take a worker's time by the thousandth.
inline constexpr std::size_t usage_ms_min = 10;

} // namespace work::limits

namespace work {

/// The bound that `x` exceeds, if any.
inline std::optional<std::string> exceeded_bound(const Work& x) {
  struct field {
    const char* bound;
    std::uint32_t value;
    std::uint32_t max;
  };
  for (auto& y : {
         field{"spin_us_max", x.spin_us(), limits::spin_us_max},
         field{"reply_bytes_max", x.reply_bytes(), limits::reply_bytes_max},
         field{"sleep_us_max", x.sleep_us(), limits::sleep_us_max},
         field{"allocate_bytes_max", x.allocate_bytes(),
               limits::allocate_bytes_max},
         field{"slice_us_max", x.slice_us(), limits::slice_us_max},
       })
    if (y.value > y.max)
      return std::to_string(y.value) + " is over " + y.bound + ' '
             + std::to_string(y.max);
  return std::nullopt;
}

} // namespace work
