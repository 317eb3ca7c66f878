#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "caf/actor_control_block.hpp"

namespace troupe {

/// Which actors of this node others may send to: those that have sent something
/// there. A number that was never given out, or whose actor has ended, leads
/// nowhere. Any thread. Actors may outlive it.
class actor_exports {
public:
  /// Answers the number by which others reach `who`.
  std::uint64_t add(const caf::strong_actor_ptr& who);

  /// Null if there is none, or no more.
  caf::strong_actor_ptr find(std::uint64_t number) const;

private:
  struct known_actors {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, caf::weak_actor_ptr> by_number;
  };

  /// Shared with the actors in it, weakly: each leaves it when it ends.
  const std::shared_ptr<known_actors> known_ = std::make_shared<known_actors>();
};

} // namespace troupe
