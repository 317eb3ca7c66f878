#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>

namespace troupe::bench {

/// When the requests of a class are due, whatever the server does: bursts of
/// `burst` requests at once, with pauses between them that are exponentially
/// distributed and make `rate` requests a second. The same seed gives the same
/// times.
class poisson_arrivals {
public:
  poisson_arrivals(double rate, std::size_t burst, std::uint64_t seed)
    : random_(seed), pause_ns_(1e9 * static_cast<double>(burst) / rate) {
    // nop
  }

  void start(std::int64_t now_ns) noexcept {
    next_ns_ = static_cast<double>(now_ns);
    advance();
  }

  /// When the next burst is due.
  std::int64_t next_ns() const noexcept {
    return static_cast<std::int64_t>(next_ns_);
  }

  void advance() noexcept {
    // Uniform in [0, 1), with all the bits a double has.
    auto x = static_cast<double>(random_() >> 11) * 0x1p-53;
    next_ns_ -= pause_ns_ * std::log1p(-x);
  }

  /// A number below `count`, to choose a client by.
  std::size_t choose(std::size_t count) noexcept {
    return static_cast<std::size_t>(random_() % count);
  }

private:
  std::mt19937_64 random_;
  double pause_ns_;
  /// Clocks count from the machine's start: a double is exact to a nanosecond
  /// for a hundred days.
  double next_ns_ = 0;
};

} // namespace troupe::bench
