#include "troupe/cluster/awaited_answers.hpp"

#include "troupe/cluster/limits.hpp"

namespace troupe {

bool awaited_answers::add(const key& which, entry what) {
  if (entries_.size() >= limits::requests_under_way_max)
    return false;
  auto count = counts_.find(what.payer);
  if (count != counts_.end()
      && count->second >= limits::payer_requests_under_way_max)
    return false;
  auto [added, is_new] = entries_.try_emplace(which, std::move(what));
  if (is_new)
    ++counts_[added->second.payer];
  return is_new;
}

caf::strong_actor_ptr awaited_answers::take(const key& which) {
  auto found = entries_.find(which);
  if (found == entries_.end())
    return nullptr;
  auto result = std::move(found->second.requester);
  uncount(found->second.payer);
  entries_.erase(found);
  return result;
}

std::vector<std::pair<awaited_answers::key, awaited_answers::entry>>
awaited_answers::take_due(std::uint64_t now_ns) {
  std::vector<std::pair<key, entry>> result;
  for (auto i = entries_.begin(); i != entries_.end();) {
    if (i->second.due_ns > now_ns) {
      ++i;
      continue;
    }
    uncount(i->second.payer);
    result.emplace_back(i->first, std::move(i->second));
    i = entries_.erase(i);
  }
  return result;
}

void awaited_answers::uncount(const std::string& payer) {
  auto count = counts_.find(payer);
  if (--count->second == 0)
    counts_.erase(count);
}

} // namespace troupe
