#include "troupe/runtime/send_hold.hpp"

#include "troupe/runtime/limits.hpp"

namespace troupe {

send_hold::~send_hold() = default;

send_hold_list::~send_hold_list() = default;

void send_hold_list::add(const std::shared_ptr<send_hold>& x,
                         std::uint64_t now_ns) {
  while (!entries_.empty() && entries_.front().hold.expired())
    entries_.pop_front();
  entries_.push_back({now_ns + limits::send_hold_ns_max, x});
  if (!armed())
    timers_.set(*this, entries_.front().due_ns);
}

void send_hold_list::expired(std::uint64_t now_ns) {
  while (!entries_.empty()) {
    auto hold = entries_.front().hold.lock();
    if (hold != nullptr && entries_.front().due_ns > now_ns) {
      timers_.set(*this, entries_.front().due_ns);
      return;
    }
    entries_.pop_front();
    if (hold != nullptr)
      hold->let_go();
  }
}

} // namespace troupe
