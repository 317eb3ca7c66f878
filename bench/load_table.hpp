#pragma once

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

#include "troupe/bench/load_counts.hpp"

namespace troupe::bench {

/// The rows that `load` writes. Belongs to whoever opened `file`.
class load_table {
public:
  /// Of both processes, in the time of a row.
  struct cpu_time {
    std::int64_t server_ns = 0;
    std::int64_t load_ns = 0;

    friend cpu_time operator-(const cpu_time& x, const cpu_time& y) noexcept {
      return {x.server_ns - y.server_ns, x.load_ns - y.load_ns};
    }
  };

  explicit load_table(std::FILE* file) : file_(file) {
    // nop
  }

  void write_head(const std::string& comments) {
    std::fputs(comments.c_str(), file_);
    std::fputs(
      "class,second,intended,sent,answered,failed,refused,overflowed,"
      "unfinished,connects,p50_us,p90_us,p95_us,p99_us,p999_us,"
      "max_us,mean_us,throughput,late_p99_us,server_cpu_ms,load_cpu_ms\n",
      file_);
    std::fflush(file_);
  }

  /// `second` counts from the beginning of the window, or is "all" of it.
  void write_row(const std::string& name, const std::string& second,
                 const load_counts& x, std::uint64_t unfinished, double seconds,
                 const cpu_time& used) {
    auto us = [&x](double share) { return x.latency.quantile_us(share); };
    std::fprintf(file_,
                 "%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                 ",%.1f,%.1f,%.1f,%.1f,%.1f,%.1f,%.1f,%.1f,%.1f,%.1f"
                 ",%.1f\n",
                 name.c_str(), second.c_str(), x.intended, x.sent, x.answered,
                 x.failed, x.refused, x.overflowed, unfinished, x.connects,
                 us(0.5), us(0.9), us(0.95), us(0.99), us(0.999),
                 static_cast<double>(x.latency.max_ns) / 1e3,
                 x.latency.mean_us(), static_cast<double>(x.answers) / seconds,
                 x.lateness.quantile_us(0.99),
                 static_cast<double>(used.server_ns) / 1e6,
                 static_cast<double>(used.load_ns) / 1e6);
    std::fflush(file_);
  }

private:
  std::FILE* file_;
};

} // namespace troupe::bench
