#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "troupe/cluster/membership.hpp"

namespace troupe {

/// Membership of a list that does not change: a member is live while a
/// majority of the list does not report that it has no link with it. So a link
/// that is cut between two of many changes nothing, and a minority that is cut
/// off keeps the view it had, in which it may own nothing.
///
/// No consensus: while reports are on their way two nodes may have different
/// views. That two own one name at a time is kept off by leases (`lease_ms`),
/// and can still be if links fail in turns; the numbers of their ownerships
/// differ then.
class static_membership final : public membership {
public:
  /// `names` are all members, `self.name` among them. `takeover_ns` is how long
  /// one that has left is `departing`.
  static_membership(member self, std::vector<std::string> names,
                    std::uint64_t takeover_ns);

  void reached(const member& who, std::uint64_t now_ns) override;

  void lost(const std::string& name, std::uint64_t now_ns) override;

  void reported(const std::string& name, const std::vector<member>& reachable,
                std::uint64_t now_ns) override;

  bool advance(std::uint64_t now_ns) override;

  const cluster_view_ptr& view() const noexcept override {
    return view_;
  }

  std::size_t quorum() const noexcept override {
    return names_.size() / 2 + 1;
  }

private:
  struct departure {
    member who;
    std::uint64_t until_ns;
  };

  void heard_of(const member& who, std::uint64_t now_ns);
  bool is_missed_by_most(const std::string& name) const;

  const member self_;
  const std::vector<std::string> names_;
  const std::uint64_t takeover_ns_;
  /// Those with a link, and the latest known of each name.
  std::map<std::string, member> reached_;
  std::map<std::string, member> known_;
  /// Those without a link of whom others tell, and since when. They count when
  /// there was time for a link.
  std::map<std::string, departure> hearsay_;
  /// Whom those have links with, as they say.
  std::map<std::string, std::set<std::string>> reports_;
  std::map<std::string, departure> departures_;
  cluster_view_ptr view_;
};

} // namespace troupe
