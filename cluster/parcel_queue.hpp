#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "troupe/cluster/limits.hpp"
#include "troupe/cluster/parcel.hpp"
#include "troupe/runtime/resource_container.hpp"

namespace troupe {

/// Parcels on their way to one node: what waits here, and how much is under way
/// there, for each payer. Payers take turns, a bundle each, so that one who
/// sends much delays nobody else; one whose parcels are not handled there waits
/// alone. Plain data, one thread.
///
/// Deficit round robin (Shreedhar, Varghese, "Efficient fair queueing using
/// deficit round robin", SIGCOMM 1995) with equal shares: shares are what
/// counts on the nodes themselves.
class parcel_queue {
public:
  /// A parcel, when it is too late for it, in nanoseconds, and who pays here:
  /// `what.payer` is a name for other nodes.
  struct entry {
    parcel what;
    std::uint64_t due_ns = 0;
    resource_container_ptr payer;
  };

  /// False, and `what` is left alone, if its payer has too much waiting.
  bool push(entry& what);

  /// The next ones to send, at most `bundle_bytes_max` or one alone; none if
  /// nothing waits, or for others to be handled. What is due before `now_ns`
  /// goes to `late` instead.
  std::vector<parcel> pop(std::uint64_t now_ns, std::vector<entry>& late);

  /// Takes back credit for what was handled; more than there is counts as all.
  void handled(const parcels_handled& x);

  /// Drops all and answers what waited.
  std::vector<entry> clear();

  std::size_t waiting() const noexcept {
    return waiting_;
  }

  std::size_t bytes_under_way() const noexcept {
    return bytes_under_way_;
  }

private:
  struct flow {
    std::deque<entry> waiting;
    std::size_t bytes_waiting = 0;
    std::size_t parcels_under_way = 0;
    std::size_t bytes_under_way = 0;
    std::size_t deficit = 0;
    bool is_listed = false;
    /// Its turn has begun: it is the first one, and has got its share.
    bool is_in_turn = false;

    bool may_send() const noexcept {
      return parcels_under_way < limits::parcels_under_way_max
             && bytes_under_way < limits::parcel_bytes_under_way_max;
    }
  };

  void list(const std::string& payer, flow& x);

  std::unordered_map<std::string, flow> flows_;
  /// Those that have something waiting and may send, in turn.
  std::list<std::string> turns_;
  std::size_t waiting_ = 0;
  std::size_t bytes_under_way_ = 0;
};

} // namespace troupe
