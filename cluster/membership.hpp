#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "troupe/cluster/member.hpp"

namespace troupe {

/// Who takes part, as one node sees it. Never changes.
struct cluster_view {
  /// Grows with each change.
  std::uint64_t number = 0;
  /// By name, this node included.
  std::vector<member> live;
  /// Those that were live until lately. Nobody owns what was theirs, yet.
  std::vector<member> departing;
  /// Whether this node reaches the majority, so that it may own anything.
  bool has_quorum = false;
};

using cluster_view_ptr = std::shared_ptr<const cluster_view>;

/// The seam to whoever knows the members: a fixed list here, a store such as
/// etcd elsewhere. Plain data: what links observe goes in, with the time, and
/// views come out. One thread only.
class membership {
public:
  virtual ~membership() = default;

  /// A link to `who` is there.
  virtual void reached(const member& who, std::uint64_t now_ns) = 0;

  /// The link to the node of that name is gone.
  virtual void lost(const std::string& name, std::uint64_t now_ns) = 0;

  /// The node of that name says whom it has links with, and itself.
  virtual void reported(const std::string& name,
                        const std::vector<member>& reachable,
                        std::uint64_t now_ns)
    = 0;

  /// Takes up that time has passed. To be called after the others, too; answers
  /// whether the view is a new one.
  virtual bool advance(std::uint64_t now_ns) = 0;

  virtual const cluster_view_ptr& view() const noexcept = 0;

  /// How many members, this one included, are the majority.
  virtual std::size_t quorum() const noexcept = 0;
};

} // namespace troupe
