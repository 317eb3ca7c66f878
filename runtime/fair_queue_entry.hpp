#pragma once

#include <cstdint>

#include "troupe/runtime/check.hpp"
#include "troupe/runtime/fair_queue.hpp"

namespace troupe {

/// A runnable node as its siblings see it. What has to be compared stands here,
/// so that to move others needs none of their nodes: with a thousand of them,
/// each would be a cache miss.
struct fair_queue::node::entry {
  entry() = default;

  explicit entry(node& x) noexcept
    : virtual_time(x.virtual_time_), stamp(x.stamp_), child(&x) {
    // nop
  }

  bool is_before(const entry& other) const noexcept {
    if (virtual_time != other.virtual_time)
      return virtual_time < other.virtual_time;
    return stamp < other.stamp;
  }

  void check_invariants() const {
    TROUPE_CHECK(child->virtual_time_ == virtual_time && child->stamp_ == stamp,
                 "A queue knows the virtual time of its nodes.");
    TROUPE_CHECK(!child->is_held_, "Who is held is not queued.");
    TROUPE_CHECK(child->parent_->runnable() || child->parent_->is_held_,
                 "A queued node's parent is queued.");
    child->check_children();
  }

  std::uint64_t virtual_time = 0;
  std::uint64_t stamp = 0;
  node* child = nullptr;
};

} // namespace troupe
