#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "troupe/bench/bench_server.hpp"
#include "troupe/bench/sample_summary.hpp"
#include "troupe/bench/server_run.hpp"

namespace troupe::bench {

/// Compares each run with the baseline's of the same round. If the baseline is
/// several servers it is the one with the least figure in that round.
class round_ratio {
public:
  using figure = double (server_run::*)() const;

  /// `names` has commas between; whoever is not among `servers` is left out.
  round_ratio(const std::vector<bench_server>& servers, std::string names)
    : name_(std::move(names)) {
    auto wanted = split(name_, ',');
    for (std::size_t i = 0; i < servers.size(); ++i)
      if (std::count(wanted.begin(), wanted.end(), servers[i].name) > 0)
        baselines_.push_back(i);
    std::replace(name_.begin(), name_.end(), ',', '|');
  }

  const std::string& name() const noexcept {
    return name_;
  }

  /// The places of the servers that are compared with.
  const std::vector<std::size_t>& baselines() const noexcept {
    return baselines_;
  }

  /// Of one run to the baseline's in its round; 0 if there is none.
  double of(const server_run& run, std::size_t round, const server_runs& all,
            figure what) const {
    std::vector<double> marks;
    for (auto i : baselines_)
      marks.push_back(std::invoke(what, all[i][round]));
    auto least = std::min_element(marks.begin(), marks.end());
    return least == marks.end() || *least <= 0
             ? 0
             : std::invoke(what, run) / *least;
  }

  /// Of all rounds: the median, the least and the greatest.
  std::string text(const std::vector<server_run>& rows, const server_runs& all,
                   figure what) const {
    if (baselines_.empty())
      return "-";
    std::vector<double> values;
    for (std::size_t round = 0; round < rows.size(); ++round)
      values.push_back(of(rows[round], round, all, what));
    auto ratio = summary_of(values);
    char text[64];
    std::snprintf(text, sizeof text, "%.3f (%.3f..%.3f)", ratio.median,
                  ratio.min, ratio.max);
    return text;
  }

private:
  std::string name_;
  std::vector<std::size_t> baselines_;
};

} // namespace troupe::bench
