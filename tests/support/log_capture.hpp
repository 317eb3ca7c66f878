#pragma once

#include <cstddef>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "troupe/runtime/log.hpp"

namespace troupe::test {

/// Keeps what is logged while it lives, instead of showing it. At most one at
/// a time, on the thread that logs.
class log_capture {
public:
  explicit log_capture(log_level threshold = log_level::info) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    sink->set_pattern("%l %v");
    sinks().assign(1, sink);
    log_threshold(threshold);
  }

  log_capture(const log_capture&) = delete;
  log_capture& operator=(const log_capture&) = delete;

  ~log_capture() {
    sinks() = before_;
    log_threshold(log_level::info);
  }

  std::string text() const {
    return text_.str();
  }

  bool has(std::string_view part) const {
    return text().find(part) != std::string::npos;
  }

  /// How often `part` is in it.
  std::size_t count(std::string_view part) const {
    auto all = text();
    std::size_t result = 0;
    for (auto i = all.find(part); i != std::string::npos;
         i = all.find(part, i + part.size()))
      ++result;
    return result;
  }

private:
  static std::vector<spdlog::sink_ptr>& sinks() {
    // The logger comes to life with its first use.
    log_threshold(log_level::info);
    return spdlog::get("troupe")->sinks();
  }

  std::vector<spdlog::sink_ptr> before_ = sinks();
  std::ostringstream text_;
};

} // namespace troupe::test
