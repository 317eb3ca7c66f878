#pragma once

#include <sys/prctl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "troupe/bench/client_set.hpp"
#include "troupe/bench/load_options.hpp"
#include "troupe/bench/load_table.hpp"
#include "troupe/bench/poisson_arrivals.hpp"
#include "troupe/bench/process_usage.hpp"

namespace troupe::bench {

/// One run of `load`: connects, warms up, measures for the window, waits for
/// the last answers.
class load_run {
public:
  load_run(const load_options& options, load_table& table)
    : options_(options), table_(table), clients_(options) {
    // A sleep ends when the next request is due, and not 50 us later.
    prctl(PR_SET_TIMERSLACK, 1);
    for (std::size_t i = 0; i < options.classes.size(); ++i) {
      auto& x = options.classes[i];
      if (!x.closed)
        arrivals_.push_back(
          {*clients_.groups()[i],
           {x.rate, x.burst, options.seed * load_limits::classes_max + i}});
    }
  }

  /// Answers whether all answers were right.
  bool run() {
    clients_.connect_first();
    start(client_set::now_ns());
    run_until(begin_ns_);
    for (auto& x : clients_.groups())
      x->second = {};
    auto used_before = usage();
    auto used_at_row = used_before;
    for (auto row_begin = begin_ns_; row_begin < end_ns_;) {
      auto row_end = std::min(row_begin + 1'000'000'000, end_ns_);
      run_until(row_end);
      auto used = usage();
      end_second(seconds_between(row_begin, row_end), used - used_at_row);
      used_at_row = used;
      row_begin = row_end;
    }
    auto used = used_at_row - used_before;
    auto give_up = end_ns_ + options_.drain_ns;
    while (client_set::now_ns() < give_up && (is_behind() || has_unfinished()))
      clients_.poll(std::min(give_up, run_arrivals()));
    for (auto& x : clients_.groups())
      table_.write_row(x->what.name, "all", x->window, x->window.unfinished(),
                       seconds_between(begin_ns_, end_ns_), used);
    if (clients_.is_exhausted())
      std::fprintf(stderr, "load: nothing was due after --requests-max=%zu\n",
                   options_.requests_max);
    if (is_behind())
      std::fprintf(stderr, "load: too slow itself for these rates\n");
    return !clients_.was_wrong();
  }

private:
  struct source {
    client_group& group;
    poisson_arrivals times;
  };

  void start(std::int64_t now) {
    begin_ns_ = now + options_.warmup_ns;
    end_ns_ = begin_ns_ + options_.window_ns;
    auto at = [this](double seconds) {
      return begin_ns_ + static_cast<std::int64_t>(seconds * 1e9);
    };
    auto from = [&](const client_group& x) {
      return x.what.from_seconds ? at(*x.what.from_seconds) : now;
    };
    for (auto& x : clients_.groups()) {
      x->window_begin_ns = begin_ns_;
      x->window_end_ns = end_ns_;
      x->until_ns = end_ns_;
      if (x->what.until_seconds)
        x->until_ns = std::min(end_ns_, at(*x->what.until_seconds));
      if (x->what.closed)
        clients_.start_closed(*x, from(*x));
    }
    for (auto& x : arrivals_)
      x.times.start(from(x.group));
  }

  void run_until(std::int64_t end) {
    while (client_set::now_ns() < end)
      clients_.poll(std::min(end, run_arrivals()));
  }

  /// Answers when the next request is due.
  std::int64_t run_arrivals() {
    auto next = std::numeric_limits<std::int64_t>::max();
    auto now = client_set::now_ns();
    for (auto& [group, times] : arrivals_) {
      auto budget = load_limits::arrivals_per_round_max;
      while (times.next_ns() <= std::min(now, group.until_ns - 1)
             && budget-- > 0) {
        clients_.add_requests(group.first_client
                                + times.choose(group.what.clients),
                              group.what.burst, times.next_ns(), now);
        times.advance();
      }
      if (times.next_ns() < group.until_ns)
        next = std::min(next, times.next_ns());
    }
    return next;
  }

  void end_second(double length, const load_table::cpu_time& used) {
    for (auto& x : clients_.groups()) {
      x->window.answers += x->second.answers;
      x->window.connects += x->second.connects;
      if (options_.per_second)
        table_.write_row(x->what.name, std::to_string(seconds_), x->second,
                         x->outstanding, length, used);
      x->second = {};
    }
    ++seconds_;
  }

  /// Whether requests were due that have not been looked at.
  bool is_behind() const noexcept {
    return std::any_of(arrivals_.begin(), arrivals_.end(), [](auto& x) {
      return x.times.next_ns() < x.group.until_ns;
    });
  }

  bool has_unfinished() const noexcept {
    auto& all = clients_.groups();
    return std::any_of(all.begin(), all.end(),
                       [](auto& x) { return x->window.unfinished() > 0; });
  }

  load_table::cpu_time usage() const {
    load_table::cpu_time result;
    if (options_.server_process > 0)
      result.server_ns = usage_of(options_.server_process).cpu_ns;
    result.load_ns = read_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    return result;
  }

  static double seconds_between(std::int64_t begin, std::int64_t end) noexcept {
    return static_cast<double>(end - begin) / 1e9;
  }

  const load_options& options_;
  load_table& table_;
  client_set clients_;
  std::vector<source> arrivals_;
  std::int64_t begin_ns_ = 0;
  std::int64_t end_ns_ = 0;
  std::size_t seconds_ = 0;
};

} // namespace troupe::bench
