// Does a distributed chat keep its promise while its nodes are killed, stopped,
// restarted and cut off from each other? Real processes, and a hundred clients
// that remember all they were told.
//
//     troupe-cluster-audit --nodes=3 --seconds=10 --seed=1 --seeds=3
//     troupe-cluster-audit --nodes=5 --seconds=600 --pause-ms=30000 --tls
//
// Returns 1 and names a folder of logs if a promise was broken.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>

#include "troupe/tests/cluster_audit/audit_options.hpp"
#include "troupe/tests/cluster_audit/audit_run.hpp"
#include "troupe/tests/support/seed.hpp"

namespace {

using namespace troupe::test;

constexpr std::size_t shown_violations_max = 20;

void show(const audit_result& x) {
  std::puts(summary(x).c_str());
  auto count = std::min(x.violations.size(), shown_violations_max);
  for (std::size_t i = 0; i < count; ++i)
    std::printf("  %s: %s\n", to_string(x.violations[i].kind),
                x.violations[i].what.c_str());
  if (x.violation_count > count)
    std::printf("  and %zu more\n", x.violation_count - count);
  if (x.violation_count > 0)
    std::printf("  logs are in %s\n", x.folder.c_str());
  std::fflush(stdout);
}

void add_row(const audit_options& options, const audit_result& x) {
  std::ofstream file{options.csv, std::ios::app};
  if (file.tellp() == 0)
    file << csv_head() << '\n';
  file << csv_row(options, x) << '\n';
}

int audit_all(const audit_options& options) {
  std::size_t broken = 0;
  audit_result sum;
  for (std::size_t i = 0; i < options.seeds; ++i) {
    std::printf("seed %llu\n",
                static_cast<unsigned long long>(options.seed + i));
    std::fflush(stdout);
    auto x = run_audit(options, options.seed + i);
    show(x);
    if (!options.csv.empty())
      add_row(options, x);
    if (x.violation_count > 0)
      ++broken;
    sum.counts.acknowledged += x.counts.acknowledged;
    sum.counts.deliveries += x.counts.deliveries;
    sum.kills += x.kills;
    sum.outages.insert(sum.outages.end(), x.outages.begin(), x.outages.end());
  }
  std::sort(sum.outages.begin(), sum.outages.end());
  std::printf(
    "%zu seeds, %zu broken; %llu acknowledged, %llu deliveries, %zu "
    "kills, outages of median %lld ms, max %lld ms\n",
    options.seeds, broken,
    static_cast<unsigned long long>(sum.counts.acknowledged),
    static_cast<unsigned long long>(sum.counts.deliveries), sum.kills,
    static_cast<long long>(
      sum.outages.empty() ? 0 : sum.outages[sum.outages.size() / 2].count()),
    static_cast<long long>(sum.outages.empty() ? 0
                                               : sum.outages.back().count()));
  return broken == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  audit_options options;
  auto wrong = read_options(argc, argv, options);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n%s\n", wrong.c_str(), usage().c_str());
    return 2;
  }
  if (options.seed == 0)
    options.seed = seed();
  try {
    return audit_all(options);
  } catch (const std::exception& x) {
    std::fprintf(stderr, "%s\n", x.what());
    return 2;
  }
}
