#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "troupe/runtime/endpoint.hpp"
#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

/// The resource containers of a listener that stand for one peer address each:
/// an IPv4 address, or an IPv6 network of 64 bits, which is what one host may
/// have. Those that nobody uses any more are let go of, unless a rule suspends
/// or denies them still, when there are twice as many as were kept last. One
/// thread.
class address_payers {
public:
  explicit address_payers(resource_tree& tree) : tree_(tree) {
    // nop
  }

  /// The one under `parent` for the address of `peer`.
  resource_container_ptr find_or_make(const resource_container_ptr& parent,
                                      const endpoint& peer,
                                      std::uint64_t now_ns);

  std::size_t size() const noexcept {
    return all_.size();
  }

private:
  static constexpr std::size_t unused_kept = 64;

  resource_tree& tree_;
  /// By the parent's id and the address.
  std::map<std::pair<std::uint64_t, endpoint>, resource_container_ptr> all_;
  std::size_t prune_at_ = unused_kept;
};

/// The attributes of a resource container that is made for a peer.
resource_attributes peer_attributes(const resource_container& parent);

} // namespace troupe
