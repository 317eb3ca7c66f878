#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "troupe/tests/cluster_audit/audit.hpp"
#include "troupe/tests/cluster_audit/cluster_under_test.hpp"
#include "troupe/tests/cluster_audit/event_loop.hpp"
#include "troupe/tests/cluster_audit/fault_plan.hpp"
#include "troupe/tests/cluster_audit/outage_watch.hpp"
#include "troupe/tests/cluster_audit/trace.hpp"

namespace troupe::test {

/// Carries out a plan, and heals all of it in time. It notices nodes that end
/// by themselves or do not end when asked, and starts them again. What it is
/// given must outlive it.
class fault_injector {
public:
  using time_point = event_loop::time_point;

  fault_injector(cluster_under_test& cluster, audit& record,
                 outage_watch& outages, trace& times);

  /// The plan begins now.
  void start(std::vector<fault> plan, time_point now);

  /// Does what is due by now. Call it every 10 ms or so.
  void tick(time_point now);

  /// All was done and healed.
  bool is_done() const noexcept {
    return next_ == plan_.size() && active_.empty() && !is_rolling_;
  }

  std::size_t faults() const noexcept {
    return faults_;
  }

  std::size_t kills() const noexcept {
    return kills_;
  }

private:
  struct active_fault {
    fault what;
    time_point until;
  };

  void begin(const fault& x, time_point now);
  void heal(const fault& x);
  void set_wires();
  void check_nodes();
  void roll(time_point now);
  void roll_next(time_point now);

  cluster_under_test& cluster_;
  audit& record_;
  outage_watch& outages_;
  trace& times_;
  std::vector<fault> plan_;
  time_point start_;
  std::size_t next_ = 0;
  std::vector<active_fault> active_;
  std::size_t faults_ = 0;
  std::size_t kills_ = 0;

  bool is_rolling_ = false;
  std::size_t rolled_ = 0;
  /// It was started again.
  bool is_rolled_up_ = false;
  time_point roll_deadline_;
};

} // namespace troupe::test
