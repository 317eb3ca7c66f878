#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "troupe/runtime/resource_container.hpp"

namespace troupe {

/// Which resource container pays for an actor that cannot remember it itself.
/// Any thread; each shard is guarded by its mutex. Connection, codec and shared
/// actors carry their payer and never come here.
class placements {
public:
  /// Answers true and sets `payer` if `actor` is known, else remembers it.
  bool find_or_insert(std::uint64_t actor, resource_container_ptr& payer) {
    auto& shard = shard_of(actor);
    std::scoped_lock guard{shard.mutex};
    auto [i, added] = shard.payers.try_emplace(actor, payer);
    payer = i->second;
    return !added;
  }

  void erase(std::uint64_t actor) {
    auto& shard = shard_of(actor);
    std::scoped_lock guard{shard.mutex};
    shard.payers.erase(actor);
  }

private:
  struct shard_type {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, resource_container_ptr> payers;
  };

  shard_type& shard_of(std::uint64_t actor) noexcept {
    return shards_[actor % shards_.size()];
  }

  std::array<shard_type, 16> shards_;
};

} // namespace troupe
