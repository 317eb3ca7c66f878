#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>

#include "troupe/bench/latency_histogram.hpp"
#include "troupe/bench/process_usage.hpp"

namespace troupe::bench {

/// The time in which a load measures its server, and what both use in it.
class load_window {
public:
  /// A server that is 0 is not asked.
  explicit load_window(pid_t server) noexcept : server_(server) {
    // nop
  }

  void begin() {
    own_ = usage_of(getpid());
    used_ = usage_of_server();
    begin_ns_ = read_clock_ns(CLOCK_MONOTONIC);
  }

  void end() {
    used_ = usage_of_server() - used_;
    end_ns_ = read_clock_ns(CLOCK_MONOTONIC);
    own_ = usage_of(getpid()) - own_;
  }

  /// Prints pairs of `key=value`, with what `server_run` wants among them.
  void print(std::uint64_t messages, const latency_histogram& latency) const {
    std::printf(" messages=%" PRIu64 " seconds=%.6f server_cpu_ns=%" PRId64
                " server_user_ns=%" PRId64 " server_system_ns=%" PRId64
                " server_waited_ns=%" PRId64 " load_cpu_ns=%" PRId64
                " p50_us=%.1f p99_us=%.1f p999_us=%.1f",
                messages, static_cast<double>(end_ns_ - begin_ns_) / 1e9,
                used_.cpu_ns, used_.user_ns, used_.system_ns, used_.waited_ns,
                own_.cpu_ns, microseconds(latency, 0.5),
                microseconds(latency, 0.99), microseconds(latency, 0.999));
  }

  static double microseconds(const latency_histogram& latency,
                             double share) noexcept {
    return static_cast<double>(latency.quantile_ns(share)) / 1e3;
  }

private:
  process_usage usage_of_server() const {
    return server_ > 0 ? usage_of(server_) : process_usage{};
  }

  const pid_t server_;
  process_usage own_;
  process_usage used_;
  std::int64_t begin_ns_ = 0;
  std::int64_t end_ns_ = 0;
};

} // namespace troupe::bench
