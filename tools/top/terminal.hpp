#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <termios.h>
#include <vector>

#include "troupe/tools/top/key.hpp"

namespace troupe::top {

/// The terminal of this process, as a screen and keys; as it was before when
/// this ends. At most one at a time.
class terminal {
public:
  /// Throws `std::runtime_error` if there is none.
  terminal();

  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  ~terminal();

  std::size_t rows() const;
  std::size_t columns() const;

  void draw(const std::vector<std::string>& lines, std::size_t inverted) const;

  /// The next key, if one is pressed within that time. `is_over` tells whether
  /// there will be no more.
  std::optional<key> wait_for_key(int ms, bool& is_over) const;

private:
  termios before_{};
};

} // namespace troupe::top
