#include "troupe/tools/top/cluster_session.hpp"

#include <algorithm>
#include <deque>
#include <iostream>
#include <utility>
#include <vector>

#include "troupe/tools/top/cluster_report.hpp"
#include "troupe/tools/top/cluster_table.hpp"
#include "troupe/tools/top/cluster_view.hpp"
#include "troupe/tools/top/json.hpp"
#include "troupe/tools/top/live_loop.hpp"
#include "troupe/tools/top/node_watch.hpp"

namespace troupe::top {

namespace {

constexpr double refresh_seconds_max = 1;

/// Threads that cannot be moved.
using watches = std::deque<node_watch>;

void start(watches& result, const options& how) {
  for (auto& path : how.cluster)
    result.emplace_back(path, how.which,
                        node_watch::seconds{how.interval_seconds});
}

bool print_once(const options& how) {
  watches nodes;
  start(nodes, how);
  std::vector<node_look> looks;
  for (auto& x : nodes)
    looks.push_back(x.settled_look());
  auto report = make_cluster_report(looks, how.shown);
  std::cout << (how.is_json ? json(report) : cluster_table(report))
            << std::flush;
  return answering_nodes(report) > 0;
}

void show_live(const options& how) {
  cluster_view view{how.shown};
  terminal screen;
  watches nodes;
  start(nodes, how);
  // What nodes answer, and when they do not, comes in between.
  live_loop(
    screen, view, std::min(how.interval_seconds, refresh_seconds_max),
    [&] {
      std::vector<node_look> looks;
      for (auto& x : nodes)
        looks.push_back(x.look());
      view.show(std::move(looks));
    },
    [&](key x) { view.press(x); });
}

} // namespace

bool run_cluster_session(const options& how) {
  if (how.is_once)
    return print_once(how);
  show_live(how);
  return true;
}

} // namespace troupe::top
