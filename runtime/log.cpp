#include "troupe/runtime/log.hpp"

#include <algorithm>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

spdlog::logger& sink() {
  static auto result = [] {
    auto x = spdlog::stderr_logger_mt("troupe");
    x->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v",
                   spdlog::pattern_time_type::utc);
    return x;
  }();
  return *result;
}

spdlog::level::level_enum to_spdlog(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

void write(log_level level, std::string_view event,
           std::initializer_list<log_field> fields) {
  std::string line{event};
  for (auto& x : fields) {
    line += ' ';
    line += x.key;
    line += '=';
    line += quoted(x.value);
  }
  sink().log(to_spdlog(level), line);
}

} // namespace

std::string to_string(log_level level) {
  switch (level) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
  }
  return "unknown";
}

void log(log_level level, std::string_view event,
         std::initializer_list<log_field> fields) {
  if (!sink().should_log(to_spdlog(level)))
    return;
  if (auto* here = worker::current()) {
    worker::section charged{here->parent().resources().logging()};
    write(level, event, fields);
  } else {
    write(level, event, fields);
  }
}

void log_threshold(log_level level) noexcept {
  sink().set_level(to_spdlog(level));
}

std::string quoted(std::string_view text) {
  auto is_plain = [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain))
    return std::string{text};
  static constexpr char digits[] = "0123456789abcdef";
  std::string result = "\"";
  for (auto c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c >= ' ' && c < 0x7f) {
      result += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      result += "\\x";
      result += digits[byte >> 4];
      result += digits[byte & 15];
    }
  }
  return result + "\"";
}

} // namespace troupe
