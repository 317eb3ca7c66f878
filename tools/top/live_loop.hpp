#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "troupe/tools/top/terminal.hpp"

namespace troupe::top {

/// Shows `view` on `screen` until the user has it end: calls `refresh` once an
/// interval, of 0.1 s at least, and `obey` for each key.
template <class View, class Refresh, class Obey>
void live_loop(const terminal& screen, View& view, double interval_seconds,
               Refresh refresh, Obey obey) {
  using std::chrono::steady_clock;
  auto interval = std::chrono::duration_cast<steady_clock::duration>(
    std::chrono::duration<double>{std::max(interval_seconds, 0.1)});
  auto next = steady_clock::now();
  for (auto is_over = false; !is_over && !view.wants_to_end();) {
    if (steady_clock::now() >= next) {
      refresh();
      next = steady_clock::now() + interval;
    }
    auto lines = view.lines(screen.rows(), screen.columns());
    screen.draw(lines, view.selected_line());
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      next - steady_clock::now());
    auto pressed = screen.wait_for_key(
      static_cast<int>(std::max<std::int64_t>(left.count(), 0)), is_over);
    if (pressed)
      obey(*pressed);
  }
}

} // namespace troupe::top
