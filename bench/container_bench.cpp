// Experiment E4 (Banga, Druschel, Mogul, table 1): what does each operation on
// a resource container cost, among 10, 1,000 and 100,000 of them? No worker
// runs; what a change of a limit tells the workers comes on top.
//
//   container_bench [--rounds=9] [--calls=100000] [--short]

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "troupe/bench/command_line.hpp"
#include "troupe/bench/run_environment.hpp"
#include "troupe/bench/sample_summary.hpp"
#include "troupe/runtime/resource_tree.hpp"
#include "troupe/runtime/runnable.hpp"

namespace {

using namespace troupe;
using namespace troupe::bench;

/// Something that is bound to whoever pays for it.
class bound_activity final : public runnable {
public:
  using runnable::runnable;

  bool run(worker&, turn&) override {
    return false;
  }

  void discard() noexcept override {
    // nop
  }
};

/// Containers of which the operations pick one after the other, far apart.
struct population {
  explicit population(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      all.push_back(tree.make(tree.root(), "c" + std::to_string(i)));
  }

  static resource_attributes roomy() {
    resource_attributes result;
    result.connections_max = limits::unlimited;
    return result;
  }

  resource_container& next() {
    at = (at + 7'919) % all.size();
    return *all[at];
  }

  resource_tree tree{1};
  resource_container_ptr aside = tree.make(tree.root(), "aside", roomy());
  std::vector<resource_container_ptr> all;
  bound_activity bound{tree.root()};
  std::size_t at = 0;
  std::uint64_t seen_ns = 0;
  std::size_t failures = 0;
};

struct operation {
  const char* name;
  std::function<void(population&)> call;
};

/// The first one is the least that any of them can take: one look at what no
/// cache holds, if there are many.
const operation operations[] = {
  {"look at its id", [](population& x) { x.at += x.next().id() == 0; }},
  {"create and destroy",
   [](population& x) { x.tree.make(x.tree.root(), "new"); }},
  {"read usage", [](population& x) { x.seen_ns += x.next().usage().cpu_ns; }},
  {"set shares", [](population& x) { x.next().shares(7); }},
  {"set cpu_max", [](population& x) { x.next().cpu_max(0.5); }},
  {"set all attributes",
   [](population& x) {
     auto& one = x.next();
     auto to = one.attributes();
     to.connections_max = 7;
     x.failures += !one.change(to).empty();
   }},
  {"re-parent",
   [](population& x) {
     auto& one = x.next();
     auto& to = one.parent() == x.tree.root() ? x.aside : x.tree.root();
     x.failures += !one.move_to(to).empty();
   }},
  {"rebind an activity", [](population& x) { x.bound.payer(&x.next()); }},
  {"count a connection in and out",
   [](population& x) {
     auto& one = x.next();
     one.open_connection(0);
     one.close_connection();
   }},
};

double ns_of(const operation& what, population& where, std::size_t calls) {
  auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < calls; ++i)
    what.call(where);
  std::chrono::duration<double, std::nano> passed
    = std::chrono::steady_clock::now() - begin;
  return passed.count() / static_cast<double>(calls);
}

} // namespace

int main(int argc, char** argv) {
  command_line arguments{argc, argv, {"--rounds", "--calls", "--short"}};
  auto brief = arguments.has("--short");
  auto rounds = arguments.count("--rounds", brief ? 1 : 9);
  auto calls = arguments.count("--calls", brief ? 1'000 : 100'000);
  std::fputs(environment_text().c_str(), stdout);
  std::printf("# %zu rounds of %zu calls, ns a call\n", rounds, calls);
  std::printf("%-30s %10s %8s %7s %8s %8s\n", "operation", "containers",
              "median", "mad", "min", "max");
  for (std::size_t count : {10U, 1'000U, 100'000U}) {
    population where{count};
    for (auto& what : operations) {
      std::vector<double> all;
      for (std::size_t i = 0; i < rounds; ++i)
        all.push_back(ns_of(what, where, calls));
      auto sum = summary_of(all);
      std::printf("%-30s %10zu %8.1f %7.1f %8.1f %8.1f\n", what.name, count,
                  sum.median, sum.mad, sum.min, sum.max);
    }
    if (where.failures > 0) {
      std::fprintf(stderr, "error: %zu operations failed\n", where.failures);
      return 1;
    }
  }
}
