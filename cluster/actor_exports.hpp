#pragma once

#include <mutex>
#include <unordered_map>

#include "caf/actor_control_block.hpp"

namespace troupe {

/// Which actors of this node others may send to: those that have sent something
/// there. A number that was never given out, or whose actor has ended, leads
/// nowhere. Any thread.
class actor_exports {
public:
  /// Answers the number by which others reach `who`.
  std::uint64_t add(const caf::strong_actor_ptr& who);

  /// Null if there is none, or no more.
  caf::strong_actor_ptr find(std::uint64_t number) const;

private:
  void erase(std::uint64_t number);

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, caf::weak_actor_ptr> actors_;
};

} // namespace troupe
