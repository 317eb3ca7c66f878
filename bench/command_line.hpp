#pragma once

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::bench {

/// The `--name=value` arguments of a bench program. An argument that is not of
/// this form or has no known name ends the program with status 2.
class command_line {
public:
  command_line(int argc, char** argv,
               std::initializer_list<std::string_view> known) {
    for (auto i = 1; i < argc; ++i) {
      std::string_view argument{argv[i]};
      auto end = argument.find('=');
      auto found = false;
      for (auto name : known)
        found = found || argument.substr(0, end) == name;
      if (!found) {
        std::fprintf(stderr, "unknown argument: %s\n", argv[i]);
        std::exit(2);
      }
      auto value = end == argument.npos ? std::string_view{}
                                        : argument.substr(end + 1);
      entries_.push_back({argument.substr(0, end), std::string{value}});
    }
  }

  bool has(std::string_view name) const {
    return !all(name).empty();
  }

  /// Every value given for `name`, in order.
  std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> result;
    for (auto& given : entries_)
      if (given.name == name)
        result.push_back(given.value);
    return result;
  }

  /// The last value given for `name`, else `fallback`.
  std::string text(std::string_view name, std::string fallback) const {
    auto values = all(name);
    return values.empty() ? fallback : values.back();
  }

  /// As `text`, for a number that is not negative; anything else ends the
  /// program with status 2.
  double number(std::string_view name, double fallback) const {
    auto value = text(name, "");
    if (value.empty())
      return fallback;
    char* end = nullptr;
    auto result = std::strtod(value.c_str(), &end);
    if (*end != '\0' || !(result >= 0)) {
      std::fprintf(stderr, "not a number: %s\n", value.c_str());
      std::exit(2);
    }
    return result;
  }

  std::size_t count(std::string_view name, std::size_t fallback) const {
    return static_cast<std::size_t>(
      number(name, static_cast<double>(fallback)));
  }

private:
  struct entry {
    std::string_view name;
    std::string value;
  };

  std::vector<entry> entries_;
};

} // namespace troupe::bench
