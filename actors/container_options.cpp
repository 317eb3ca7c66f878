#include "troupe/actors/container_options.hpp"

#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>

#include "troupe/actors/byte_count.hpp"
#include "troupe/runtime/fair_queue.hpp"

namespace troupe {

namespace {

/// Reads a number from 0 to `max`.
template <class T>
bool read(const std::string& text, T max, T& result) {
  auto* end = text.data() + text.size();
  T x{};
  auto [stop, error] = std::from_chars(text.data(), end, x);
  if (text.empty() || error != std::errc{} || stop != end
      || !(x >= 0 && x <= max))
    return false;
  result = x;
  return true;
}

bool read_bytes(const std::string& text, std::uint64_t& result) {
  auto x = parse_byte_count(text);
  result = x.value_or(result);
  return x.has_value();
}

/// Answers what is wrong.
std::string set(resource_attributes& all, const std::string& key,
                const std::string& value) {
  auto is_no = [&](const char* what) {
    return key + " is \"" + value + "\", which is not " + what;
  };
  auto count = [&](std::size_t& bound) {
    return read(value, SIZE_MAX >> 1, bound) ? "" : is_no("a number");
  };
  auto bytes = [&](std::uint64_t& bound) {
    return read_bytes(value, bound)
             ? ""
             : is_no("a number of bytes, such as 4096, 64K, 16M or 2G");
  };
  auto part = [&](double& bound) {
    return read(value, 1.0, bound) ? ""
                                   : is_no("a part of the machine from 0 to 1");
  };
  if (key == "shares")
    return read(value, fair_queue::shares_max, all.shares)
             ? ""
             : is_no("a number from 0 to 1000000");
  if (key == "cpu_min")
    return part(all.cpu_min);
  if (key == "cpu_max")
    return part(all.cpu_max);
  if (key == "memory_max")
    return bytes(all.memory_max);
  if (key == "connections_max")
    return count(all.connections_max);
  if (key == "queued_messages_max")
    return count(all.queued_messages_max);
  if (key == "staged_messages_max")
    return count(all.staged_messages_max);
  if (key == "read_rate_max")
    return bytes(all.read_rate_max);
  if (key == "write_rate_max")
    return bytes(all.write_rate_max);
  return "there is no attribute \"" + key + "\"";
}

constexpr rule_subject subjects[]
  = {rule_subject::cpu_us_per_frame, rule_subject::memory,
     rule_subject::frames_per_second, rule_subject::frame_ms,
     rule_subject::stall_ms};

constexpr rule_answer answers[] = {rule_answer::suspend, rule_answer::deny,
                                   rule_answer::destroy};

/// A rule that is being read.
struct rule_draft {
  rule result{rule_subject::memory, 0, rule_answer::suspend};
  bool has_subject = false;
  bool has_answer = false;
};

/// Answers what is wrong.
std::string set(rule_draft& draft, const std::string& key,
                const std::string& value) {
  auto is_no = [&](const char* what) {
    return key + " is \"" + value + "\", which is not " + what;
  };
  auto& result = draft.result;
  if (key == "answer") {
    for (auto x : answers)
      if (value == to_string(x)) {
        result.answer = x;
        draft.has_answer = true;
        return {};
      }
    return is_no("suspend, deny or destroy");
  }
  if (key == "pause_ms")
    return read(value, std::uint64_t{86'400'000}, result.pause_ms)
             ? ""
             : is_no("a number from 0 to 86400000");
  for (auto x : subjects)
    if (key == to_string(x)) {
      if (draft.has_subject)
        return "a rule is about one thing";
      draft.has_subject = true;
      result.subject = x;
      return read_bytes(value, result.max) ? "" : is_no("a number");
    }
  return "there is no rule about \"" + key + "\"";
}

/// Reads "KEY=VALUE,…". Answers what is wrong.
template <class T>
std::string read_items(std::string_view text, T& all) {
  std::set<std::string> seen;
  while (!text.empty()) {
    auto comma = text.find(',');
    auto item = text.substr(0, comma);
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    auto equals = item.find('=');
    if (equals == std::string_view::npos)
      return "\"" + std::string{item} + "\" is not KEY=VALUE";
    std::string key{item.substr(0, equals)};
    if (!seen.insert(key).second)
      return key + " is there twice";
    if (auto error = set(all, key, std::string{item.substr(equals + 1)});
        !error.empty())
      return error;
  }
  return {};
}

std::string read_attributes(std::string_view text, resource_attributes& all) {
  if (auto error = read_items(text, all); !error.empty())
    return error;
  if (all.cpu_min > all.cpu_max)
    return "cpu_min is more than cpu_max";
  return {};
}

} // namespace

std::string container_options::add_container(const std::string& text) {
  auto colon = text.find(':');
  auto path = text.substr(0, colon);
  auto slash = path.rfind('/');
  auto name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty())
    return "it has no name";
  if (find(path) != nullptr)
    return "there is one of the name \"" + path + "\" already";
  auto parent = slash == std::string::npos ? tree_.root()
                                           : find(path.substr(0, slash));
  if (parent == nullptr)
    return "there is no \"" + path.substr(0, slash) + "\" above it yet";
  resource_attributes attributes;
  if (colon != std::string::npos)
    if (auto error = read_attributes(text.substr(colon + 1), attributes);
        !error.empty())
      return error;
  auto made = tree_.make(parent, name, attributes);
  if (!made->cpu_min(attributes.cpu_min))
    return "its cpu_min and those beside it are more than what \""
           + parent->path() + "/\" has";
  containers_.emplace(path, std::move(made));
  return {};
}

std::string container_options::add_class(const std::string& text) {
  auto equals = text.find('=');
  if (equals == std::string::npos)
    return "it is not PREFIX=PATH";
  address_prefix prefix;
  if (auto error = parse_address_prefix(text.substr(0, equals), prefix);
      !error.empty())
    return error;
  auto parent = find(text.substr(equals + 1));
  if (parent == nullptr)
    return "there is no resource container \"" + text.substr(equals + 1) + "\"";
  if (classes_ == nullptr)
    classes_ = ref_ptr<classifier>{new classifier};
  if (!classes_->add(prefix, std::move(parent)))
    return "there is a class for " + to_string(prefix) + " already";
  return {};
}

std::string container_options::add_rule(const std::string& text) {
  auto colon = text.find(':');
  if (colon == std::string::npos)
    return "it is not PATH:KEY=VALUE,…";
  auto path = text.substr(0, colon);
  auto whose = path == "/" ? tree_.root() : find(path);
  if (whose == nullptr)
    return "there is no resource container \"" + path + "\"";
  rule_draft draft;
  if (auto error = read_items(text.substr(colon + 1), draft); !error.empty())
    return error;
  if (!draft.has_subject)
    return "it does not say what it is about";
  if (!draft.has_answer)
    return "it has no answer";
  whose->add_rule(draft.result);
  return {};
}

resource_container_ptr container_options::find(const std::string& path) const {
  auto found = containers_.find(path);
  return found == containers_.end() ? nullptr : found->second;
}

} // namespace troupe
