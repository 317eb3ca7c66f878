#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "troupe/runtime/timer_wheel.hpp"

namespace troupe {

/// What waits until many connections have had a turn to send what they got.
/// Each of them shares it until then.
class send_hold {
public:
  virtual ~send_hold();

  /// Waits no longer. Called on the worker where it was made, by who shares it;
  /// its destructor runs on whichever thread shared it last.
  virtual void let_go() noexcept = 0;
};

/// The holds that were made on one worker: it waits for none of them longer
/// than `send_hold_ns_max`, so that a connection that gets no turns holds up
/// nobody for good.
class send_hold_list final : private timer_wheel::timer {
public:
  explicit send_hold_list(timer_wheel& timers) : timers_(timers) {
    // nop
  }

  ~send_hold_list() override;

  void add(const std::shared_ptr<send_hold>& x, std::uint64_t now_ns);

private:
  struct entry {
    std::uint64_t due_ns;
    std::weak_ptr<send_hold> hold;
  };

  void expired(std::uint64_t now_ns) override;

  timer_wheel& timers_;
  /// In the order in which they are due.
  std::deque<entry> entries_;
};

} // namespace troupe
