#include "troupe/tests/cluster_audit/fault_injector.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace troupe::test {

namespace {

using std::chrono::milliseconds;

/// Longer than a node drains at most.
constexpr milliseconds end_timeout{20'000};

/// What a node is given to come back before the next one is asked to end.
constexpr milliseconds roll_pause{1500};

} // namespace

fault_injector::fault_injector(cluster_under_test& cluster, audit& record,
                               outage_watch& outages, trace& times)
  : cluster_(cluster), record_(record), outages_(outages), times_(times) {
  // nop
}

void fault_injector::start(std::vector<fault> plan, time_point now) {
  plan_ = std::move(plan);
  start_ = now;
}

void fault_injector::tick(time_point now) {
  for (auto i = active_.begin(); i != active_.end();) {
    if (now < i->until) {
      ++i;
      continue;
    }
    auto x = i->what;
    i = active_.erase(i);
    heal(x);
  }
  for (; next_ < plan_.size() && start_ + plan_[next_].at <= now; ++next_) {
    auto& x = plan_[next_];
    // It has taken longer than planned.
    if (is_rolling_ && (takes_node(x.kind) || x.kind == fault_kind::roll))
      continue;
    begin(x, now);
  }
  if (is_rolling_)
    roll(now);
  check_nodes();
}

void fault_injector::begin(const fault& x, time_point now) {
  ++faults_;
  times_.write("fault", to_string(x));
  switch (x.kind) {
    case fault_kind::kill:
      ++kills_;
      cluster_.node(x.node).kill();
      outages_.killed(now);
      break;
    case fault_kind::pause:
      cluster_.node(x.node).pause();
      break;
    case fault_kind::reset:
      return cluster_.reset(x.node, x.other);
    case fault_kind::corrupt:
      return cluster_.corrupt(x.node, x.other);
    case fault_kind::roll:
      is_rolling_ = true;
      rolled_ = 0;
      return roll_next(now);
    default:
      break;
  }
  active_.push_back({x, now + x.duration});
  set_wires();
}

void fault_injector::heal(const fault& x) {
  times_.write("healed", to_string(x));
  if (x.kind == fault_kind::kill)
    cluster_.node(x.node).start();
  else if (x.kind == fault_kind::pause)
    cluster_.node(x.node).resume();
  else
    set_wires();
}

void fault_injector::set_wires() {
  std::vector<fault> all;
  for (auto& x : active_)
    all.push_back(x.what);
  cluster_.set(all);
}

void fault_injector::check_nodes() {
  for (std::size_t i = 0; i < cluster_.size(); ++i) {
    auto& node = cluster_.node(i);
    if (!node.is_wanted() || node.is_alive())
      continue;
    auto what = node.name() + " has ended by itself with "
                + std::to_string(node.exit_code()) + ": " + node.last_words();
    times_.write("failed", what);
    record_.report(breach::node_failed, what);
    node.start();
  }
}

void fault_injector::roll_next(time_point now) {
  auto& node = cluster_.node(rolled_);
  times_.write("fault", "restart " + node.name());
  is_rolled_up_ = false;
  roll_deadline_ = now + end_timeout;
  node.ask_to_end();
}

void fault_injector::roll(time_point now) {
  auto& node = cluster_.node(rolled_);
  if (is_rolled_up_) {
    if (now < roll_deadline_)
      return;
    if (++rolled_ == cluster_.size())
      is_rolling_ = false;
    else
      roll_next(now);
    return;
  }
  auto is_alive = node.is_alive();
  if (is_alive && now < roll_deadline_)
    return;
  if (is_alive || node.exit_code() != 0)
    record_.report(breach::node_failed,
                   node.name() + " was asked to end and "
                     + (is_alive
                          ? std::string{"does not"}
                          : "ended with " + std::to_string(node.exit_code())));
  node.kill();
  node.start();
  times_.write("healed", "restart " + node.name());
  is_rolled_up_ = true;
  roll_deadline_ = now + roll_pause;
}

} // namespace troupe::test
