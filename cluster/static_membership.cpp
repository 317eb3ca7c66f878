#include "troupe/cluster/static_membership.hpp"

#include <algorithm>

namespace troupe {

static_membership::static_membership(member self,
                                     std::vector<std::string> names,
                                     std::uint64_t takeover_ns)
  : self_(std::move(self)),
    names_([&] {
      std::sort(names.begin(), names.end());
      return std::move(names);
    }()),
    takeover_ns_(takeover_ns),
    view_(std::make_shared<cluster_view>()) {
  advance(0);
}

void static_membership::reached(const member& who, std::uint64_t now_ns) {
  // Who comes back at once was gone nevertheless.
  if (auto known = known_.find(who.name);
      known != known_.end() && known->second != who)
    lost(who.name, now_ns);
  hearsay_.erase(who.name);
  reached_[who.name] = who;
  known_[who.name] = who;
}

void static_membership::lost(const std::string& name, std::uint64_t) {
  reached_.erase(name);
  reports_.erase(name);
}

/// Some other node has a link to `who`.
void static_membership::heard_of(const member& who, std::uint64_t now_ns) {
  auto known = known_.find(who.name);
  auto is_news = known == known_.end()
                 || known->second.incarnation < who.incarnation;
  if (!is_news || who.name == self_.name || reached_.contains(who.name)
      || !std::binary_search(names_.begin(), names_.end(), who.name))
    return;
  auto [found, is_first]
    = hearsay_.try_emplace(who.name, departure{who, now_ns + takeover_ns_});
  if (!is_first && found->second.who.incarnation < who.incarnation)
    found->second = {who, now_ns + takeover_ns_};
}

void static_membership::reported(const std::string& name,
                                 const std::vector<member>& reachable,
                                 std::uint64_t now_ns) {
  if (!reached_.contains(name))
    return;
  auto& its = reports_[name];
  its.clear();
  for (auto& x : reachable) {
    its.insert(x.name);
    heard_of(x, now_ns);
  }
}

/// Who cannot be asked misses nobody.
bool static_membership::is_missed_by_most(const std::string& name) const {
  std::size_t missed = reached_.contains(name) ? 0 : 1;
  for (auto& [who, reachable] : reports_)
    if (who != name && !reachable.contains(name))
      ++missed;
  return missed >= quorum();
}

bool static_membership::advance(std::uint64_t now_ns) {
  std::erase_if(hearsay_, [&](auto& x) {
    if (x.second.until_ns > now_ns)
      return false;
    known_[x.first] = x.second.who;
    return true;
  });
  cluster_view next;
  next.has_quorum = reached_.size() + 1 >= quorum();
  for (auto& name : names_) {
    if (name == self_.name) {
      next.live.push_back(self_);
      continue;
    }
    auto known = known_.find(name);
    if (known != known_.end() && !is_missed_by_most(name))
      next.live.push_back(known->second);
  }
  auto is_live = [&](const member& x) {
    return std::find(next.live.begin(), next.live.end(), x) != next.live.end();
  };
  for (auto& x : view_->live)
    if (!is_live(x))
      departures_[x.name] = {x, now_ns + takeover_ns_};
  std::erase_if(departures_,
                [&](auto& x) { return x.second.until_ns <= now_ns; });
  for (auto& [name, x] : departures_)
    next.departing.push_back(x.who);
  if (next.live == view_->live && next.departing == view_->departing
      && next.has_quorum == view_->has_quorum)
    return false;
  next.number = view_->number + 1;
  view_ = std::make_shared<cluster_view>(std::move(next));
  return true;
}

} // namespace troupe
