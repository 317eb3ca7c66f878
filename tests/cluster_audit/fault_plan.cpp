#include "troupe/tests/cluster_audit/fault_plan.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace troupe::test {

namespace {

using std::chrono::milliseconds;

struct weighted {
  fault_kind kind;
  unsigned weight;
};

/// What is tried again and again, with its weight.
constexpr std::array<weighted, 10> weights = {{
  {fault_kind::kill, 6},
  {fault_kind::pause, 3},
  {fault_kind::isolate, 4},
  {fault_kind::deafen, 1},
  {fault_kind::mute, 1},
  {fault_kind::cut, 3},
  {fault_kind::delay, 4},
  {fault_kind::reset, 4},
  {fault_kind::corrupt, 2},
  {fault_kind::roll, 1},
}};

constexpr milliseconds roll_time_per_node{2000};
constexpr milliseconds first_fault_at{700};

class planner {
public:
  explicit planner(const fault_plan_options& options)
    : options_(options), random_(options.seed) {
    // nop
  }

  std::vector<fault> run() {
    auto at = first_fault_at;
    while (at < options_.length) {
      auto x = draw(at);
      if (x.at + x.duration <= options_.length && is_allowed(x))
        take(x);
      at += between(100, 900);
    }
    return std::move(result_);
  }

private:
  /// A node that is away, or should be given time to come back.
  struct absence {
    std::size_t node;
    milliseconds until;
  };

  milliseconds between(int low, int high) {
    return milliseconds{std::uniform_int_distribution<>{low, high}(random_)};
  }

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_);
  }

  fault_kind draw_kind() {
    unsigned sum = 0;
    for (auto& x : weights)
      sum += x.weight;
    auto point = below(sum);
    for (auto& x : weights) {
      if (point < x.weight)
        return x.kind;
      point -= x.weight;
    }
    return fault_kind::reset;
  }

  milliseconds draw_duration(fault_kind kind) {
    auto pause = static_cast<int>(options_.pause_max.count());
    switch (kind) {
      case fault_kind::kill:
        return between(0, 4000);
      case fault_kind::pause:
        return milliseconds{below(3) == 0 ? pause / 5 : pause};
      case fault_kind::isolate:
      case fault_kind::deafen:
      case fault_kind::mute:
      case fault_kind::cut:
        return between(300, 5000);
      case fault_kind::delay:
        return between(500, 4000);
      case fault_kind::roll:
        return roll_time_per_node * static_cast<int>(options_.nodes);
      default:
        return milliseconds{0};
    }
  }

  fault draw(milliseconds at) {
    fault x;
    x.kind = has_taken_ ? draw_kind() : fault_kind::kill;
    x.at = at;
    x.duration = draw_duration(x.kind);
    x.node = below(options_.nodes);
    x.other = (x.node + 1 + below(options_.nodes - 1)) % options_.nodes;
    x.delay = between(1, 50);
    return x;
  }

  bool is_allowed(const fault& x) {
    if (x.kind == fault_kind::corrupt)
      return options_.has_corruption;
    if (x.kind != fault_kind::roll && !takes_node(x.kind))
      return true;
    if (x.at < roll_until_)
      return false;
    std::erase_if(absences_, [&](auto& y) { return y.until <= x.at; });
    if (x.kind == fault_kind::roll)
      return absences_.empty();
    auto met = [&](auto& y) { return y.node == x.node || y.node == x.other; };
    return absences_.size() < (options_.nodes - 1) / 2
           && std::none_of(absences_.begin(), absences_.end(), met);
  }

  void take(const fault& x) {
    result_.push_back(x);
    auto until = x.at + x.duration + between(0, 2500);
    if (x.kind == fault_kind::roll)
      roll_until_ = until;
    else if (takes_node(x.kind))
      absences_.push_back({x.node, until});
    has_taken_ = has_taken_ || takes_node(x.kind);
  }

  fault_plan_options options_;
  std::mt19937_64 random_;
  std::vector<fault> result_;
  std::vector<absence> absences_;
  milliseconds roll_until_{0};
  bool has_taken_ = false;
};

} // namespace

const char* to_string(fault_kind x) noexcept {
  switch (x) {
    case fault_kind::kill:
      return "kill";
    case fault_kind::pause:
      return "pause";
    case fault_kind::isolate:
      return "isolate";
    case fault_kind::deafen:
      return "deafen";
    case fault_kind::mute:
      return "mute";
    case fault_kind::cut:
      return "cut";
    case fault_kind::delay:
      return "delay";
    case fault_kind::reset:
      return "reset";
    case fault_kind::corrupt:
      return "corrupt";
    case fault_kind::roll:
      return "roll";
  }
  return "invalid";
}

std::string to_string(const fault& x) {
  std::string result = to_string(x.kind);
  auto name = [](std::size_t node) { return " n" + std::to_string(node + 1); };
  if (x.kind != fault_kind::roll)
    result += name(x.node);
  if (x.kind == fault_kind::cut || x.kind == fault_kind::delay
      || x.kind == fault_kind::reset || x.kind == fault_kind::corrupt)
    result += name(x.other);
  if (x.duration.count() > 0 && x.kind != fault_kind::roll)
    result += " for " + std::to_string(x.duration.count()) + " ms";
  if (x.kind == fault_kind::delay)
    result += " by " + std::to_string(x.delay.count()) + " ms";
  return result;
}

std::vector<fault> make_fault_plan(const fault_plan_options& options) {
  return planner{options}.run();
}

bool takes_node(fault_kind x) noexcept {
  switch (x) {
    case fault_kind::kill:
    case fault_kind::pause:
    case fault_kind::isolate:
    case fault_kind::deafen:
    case fault_kind::mute:
    case fault_kind::cut:
      return true;
    default:
      return false;
  }
}

} // namespace troupe::test
