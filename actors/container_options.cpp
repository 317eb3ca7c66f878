#include "troupe/actors/container_options.hpp"

#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>

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

/// Answers what is wrong.
std::string set(resource_attributes& all, const std::string& key,
                const std::string& value) {
  auto is_no = [&](const char* what) {
    return key + " is \"" + value + "\", which is not " + what;
  };
  if (key == "shares") {
    if (!read(value, fair_queue::shares_max, all.shares))
      return is_no("a number from 0 to 1000000");
  } else if (key == "cpu_min" || key == "cpu_max") {
    if (!read(value, 1.0, key == "cpu_min" ? all.cpu_min : all.cpu_max))
      return is_no("a part of the machine from 0 to 1");
  } else if (key == "connections_max" || key == "staged_messages_max") {
    auto& bound = key == "connections_max" ? all.connections_max
                                           : all.staged_messages_max;
    if (!read(value, SIZE_MAX >> 1, bound))
      return is_no("a number");
  } else
    return "there is no attribute \"" + key + "\"";
  return {};
}

std::string read_attributes(std::string_view text, resource_attributes& all) {
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
  containers_.emplace_back(path, std::move(made));
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

resource_container_ptr container_options::find(const std::string& path) const {
  for (auto& [known, result] : containers_)
    if (known == path)
      return result;
  return nullptr;
}

} // namespace troupe
