#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "troupe/bench/frame_run.hpp"
#include "troupe/bench/load_class.hpp"
#include "troupe/bench/load_limits.hpp"
#include "troupe/bench/source_prefix.hpp"

namespace troupe::bench {

/// Reads "NAME:KEY=VALUE,KEY,…". Throws `std::invalid_argument` that says what
/// is wrong.
class load_class_parser {
public:
  explicit load_class_parser(const std::string& text) : text_(text) {
    // nop
  }

  load_class parse() {
    auto colon = text_.find(':');
    result_.name = text_.substr(0, colon);
    auto is_of_name = [](char x) {
      return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z')
             || (x >= '0' && x <= '9') || x == '_' || x == '-';
    };
    if (result_.name.empty()
        || !std::all_of(result_.name.begin(), result_.name.end(), is_of_name))
      refuse("a name of letters, digits, _ and - stands before the colon");
    while (colon != text_.npos) {
      auto end = text_.find(',', colon + 1);
      read(text_.substr(colon + 1, end == text_.npos ? end : end - colon - 1));
      colon = end;
    }
    check();
    return std::move(result_);
  }

private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw std::invalid_argument{"--class=" + text_ + ": " + why};
  }

  void read(const std::string& entry) {
    auto equals = entry.find('=');
    auto key = entry.substr(0, equals);
    auto value = equals == entry.npos ? "" : entry.substr(equals + 1);
    if (!keys_.insert(key).second)
      refuse(key + " is given twice");
    using namespace load_limits;
    auto& x = result_;
    if (key == "closed")
      x.closed = read_flag(entry, equals);
    else if (key == "connect")
      x.connect = read_flag(entry, equals);
    else if (key == "shared")
      x.request.set_shared(read_flag(entry, equals));
    else if (key == "source")
      read_source(value);
    else if (key == "clients")
      x.clients = read_count(key, value, 1, clients_max);
    else if (key == "rate")
      x.rate = read_number(key, value, rate_max);
    else if (key == "burst")
      x.burst = read_count(key, value, 1, burst_max);
    else if (key == "in_flight")
      x.in_flight = read_count(key, value, 1, in_flight_max);
    else if (key == "queue")
      x.queue = read_count(key, value, 1, queue_max);
    else if (key == "retry_ms")
      x.retry_ms = read_count(key, value, 0, retry_ms_max);
    else if (key == "from")
      x.from_seconds = read_number(key, value, seconds_max);
    else if (key == "until")
      x.until_seconds = read_number(key, value, seconds_max);
    else if (key == "spin_us")
      x.request.set_spin_us(read_field(key, value));
    else if (key == "sleep_us")
      x.request.set_sleep_us(read_field(key, value));
    else if (key == "slice_us")
      x.request.set_slice_us(read_field(key, value));
    else if (key == "allocate_bytes")
      x.request.set_allocate_bytes(read_field(key, value));
    else if (key == "reply_bytes")
      x.request.set_reply_bytes(static_cast<std::uint32_t>(
        read_count(key, value, 0, payload_bytes_max - 64)));
    else
      refuse("there is no \"" + key
             + "\"; there are source, clients, rate, burst, closed, connect, "
               "in_flight, queue, retry_ms, from, until, spin_us, sleep_us, "
               "slice_us, reply_bytes, allocate_bytes, shared");
  }

  bool read_flag(const std::string& entry, std::size_t equals) const {
    if (equals != entry.npos)
      refuse(entry.substr(0, equals) + " takes no value");
    return true;
  }

  void read_source(const std::string& value) {
    result_.source = source_prefix::parse(value);
    if (!result_.source)
      refuse("source=" + value
             + " is no address, or no prefix such as 127.66.0.0/16 without "
               "bits behind it");
  }

  template <class Number>
  Number read_value(const std::string& key, const std::string& value,
                    Number min, Number max) const {
    Number result{};
    auto* end = value.data() + value.size();
    auto [rest, error] = std::from_chars(value.data(), end, result);
    if (error != std::errc{} || rest != end || !(result >= min)
        || !(result <= max))
      refuse(key + "=" + value + " is not a number from " + text_of(min)
             + " to " + text_of(max));
    return result;
  }

  static std::string text_of(std::size_t x) {
    return std::to_string(x);
  }

  static std::string text_of(double x) {
    return std::to_string(static_cast<std::size_t>(x));
  }

  std::size_t read_count(const std::string& key, const std::string& value,
                         std::size_t min, std::size_t max) const {
    return read_value(key, value, min, max);
  }

  double read_number(const std::string& key, const std::string& value,
                     double max) const {
    return read_value(key, value, 0.0, max);
  }

  /// The bounds are the server's, so that it can be tried what lies beyond.
  std::uint32_t read_field(const std::string& key,
                           const std::string& value) const {
    return static_cast<std::uint32_t>(
      read_count(key, value, 0, std::numeric_limits<std::uint32_t>::max()));
  }

  void check() {
    auto& x = result_;
    if (x.closed == (x.rate > 0))
      refuse("either rate is over 0 or it is closed");
    if (x.closed && keys_.contains("burst"))
      refuse("burst needs a rate");
    if (x.closed && keys_.contains("queue"))
      refuse("queue needs a rate");
    if (x.until_seconds && *x.until_seconds <= x.from_seconds.value_or(0))
      refuse("until is not behind from");
    if (!x.closed && !keys_.contains("in_flight"))
      x.in_flight = 1'000;
  }

  const std::string& text_;
  std::set<std::string> keys_;
  load_class result_;
};

} // namespace troupe::bench
