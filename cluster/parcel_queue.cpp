#include "troupe/cluster/parcel_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe {

bool parcel_queue::push(entry& what) {
  auto& x = flows_[what.what.payer];
  auto bytes = what.what.bytes();
  if (x.waiting.size() >= limits::parcels_waiting_max
      || x.bytes_waiting + bytes > limits::parcel_bytes_waiting_max)
    return false;
  x.bytes_waiting += bytes;
  ++waiting_;
  auto payer = what.what.payer;
  x.waiting.push_back(std::move(what));
  list(payer, x);
  return true;
}

void parcel_queue::list(const std::string& payer, flow& x) {
  if (x.is_listed || x.waiting.empty() || !x.may_send())
    return;
  x.is_listed = true;
  turns_.push_back(payer);
}

std::vector<parcel> parcel_queue::pop(std::uint64_t now_ns,
                                      std::vector<entry>& late) {
  std::vector<parcel> result;
  std::size_t bytes = 0;
  auto is_full = [&](std::size_t more) {
    return bytes_under_way_ >= limits::link_bytes_under_way_max
           || (!result.empty() && bytes + more > limits::bundle_bytes_max);
  };
  while (!turns_.empty() && !is_full(1)) {
    auto payer = turns_.front();
    auto& x = flows_[payer];
    if (!std::exchange(x.is_in_turn, true))
      x.deficit += limits::bundle_bytes_max;
    while (!x.waiting.empty() && x.may_send()) {
      auto& next = x.waiting.front();
      auto size = next.what.bytes();
      if (next.due_ns <= now_ns) {
        late.push_back(std::move(next));
      } else {
        if (size > x.deficit)
          break;
        // Its turn goes on in the next bundle.
        if (is_full(size))
          return result;
        x.deficit -= size;
        next.what.remaining_ms
          = static_cast<std::uint32_t>((next.due_ns - now_ns) / 1'000'000);
        ++x.parcels_under_way;
        x.bytes_under_way += size;
        bytes_under_way_ += size;
        bytes += size;
        result.push_back(std::move(next.what));
      }
      x.waiting.pop_front();
      x.bytes_waiting -= size;
      --waiting_;
    }
    turns_.pop_front();
    x.is_listed = x.is_in_turn = false;
    // Who waits for something else saves nothing for later.
    if (x.waiting.empty() || !x.may_send())
      x.deficit = 0;
    list(payer, x);
    if (x.waiting.empty() && x.parcels_under_way == 0)
      flows_.erase(payer);
  }
  return result;
}

void parcel_queue::handled(const parcels_handled& x) {
  auto found = flows_.find(x.payer);
  if (found == flows_.end())
    return;
  auto& its = found->second;
  auto bytes = std::min<std::size_t>(x.bytes, its.bytes_under_way);
  its.bytes_under_way -= bytes;
  bytes_under_way_ -= bytes;
  its.parcels_under_way -= std::min<std::size_t>(x.parcels,
                                                 its.parcels_under_way);
  if (its.parcels_under_way == 0)
    bytes_under_way_ -= std::exchange(its.bytes_under_way, 0);
  list(x.payer, its);
  if (its.waiting.empty() && its.parcels_under_way == 0)
    flows_.erase(found);
}

std::vector<parcel_queue::entry> parcel_queue::clear() {
  std::vector<entry> result;
  for (auto& [payer, x] : flows_)
    std::move(x.waiting.begin(), x.waiting.end(), std::back_inserter(result));
  *this = {};
  return result;
}

} // namespace troupe
