#include "troupe/runtime/address_payers.hpp"

#include <algorithm>

namespace troupe {

resource_container_ptr
address_payers::find_or_make(const resource_container_ptr& parent,
                             const endpoint& peer, std::uint64_t now_ns) {
  auto who = peer;
  who.port = 0;
  if (who.is_v6)
    std::fill(who.address.begin() + 8, who.address.end(), std::uint8_t{0});
  auto [i, is_new] = all_.try_emplace({parent->id(), who});
  auto& found = i->second;
  // One that was destroyed stays so while it has connections to end.
  if (!is_new && (!found->is_destroyed() || found->is_shared()))
    return found;
  auto name = address_text(who) + (who.is_v6 ? "/64" : "");
  found = tree_.make(parent, std::move(name), peer_attributes(*parent));
  auto result = found;
  if (all_.size() >= prune_at_) {
    std::erase_if(all_, [&](auto& x) {
      return !x.second->is_shared() && !x.second->is_paused(now_ns);
    });
    prune_at_ = 2 * all_.size() + unused_kept;
  }
  return result;
}

resource_attributes peer_attributes(const resource_container& parent) {
  resource_attributes result;
  result.staged_messages_max = parent.staged_messages_max();
  return result;
}

} // namespace troupe
