#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace troupe::bench {

/// The middle of `values`, of the two middles their mean; 0 if there are none.
inline double median_of(std::vector<double> values) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  auto half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half]
                                : (values[half - 1] + values[half]) / 2;
}

/// What the rounds of a bench have in common, and how far they lie apart.
struct sample_summary {
  double median = 0;
  /// Median absolute deviation from the median.
  double mad = 0;
  double min = 0;
  double max = 0;
};

inline sample_summary summary_of(const std::vector<double>& values) {
  if (values.empty())
    return {};
  auto median = median_of(values);
  std::vector<double> deviations;
  for (auto value : values)
    deviations.push_back(std::abs(value - median));
  return {median, median_of(std::move(deviations)),
          *std::min_element(values.begin(), values.end()),
          *std::max_element(values.begin(), values.end())};
}

} // namespace troupe::bench
