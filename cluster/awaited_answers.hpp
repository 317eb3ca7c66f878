#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "caf/actor_control_block.hpp"

namespace troupe {

/// Requests that were sent to one node and are not answered yet, so many of
/// each payer and so many of all. Plain data, one thread.
class awaited_answers {
public:
  /// The number of who has asked, and that of the answer.
  using key = std::pair<std::uint64_t, std::uint64_t>;

  struct entry {
    caf::strong_actor_ptr requester;
    std::uint64_t due_ns = 0;
    std::string payer;
  };

  /// False if its payer waits for `payer_requests_under_way_max`, or all
  /// together for `requests_under_way_max`, or that one is awaited already.
  bool add(const key& which, entry what);

  /// Forgets it and answers who has asked; null if nobody has.
  caf::strong_actor_ptr take(const key& which);

  /// Forgets all that are due by then, and answers them.
  std::vector<std::pair<key, entry>> take_due(std::uint64_t now_ns);

private:
  void uncount(const std::string& payer);

  std::map<key, entry> entries_;
  std::unordered_map<std::string, std::size_t> counts_;
};

} // namespace troupe
