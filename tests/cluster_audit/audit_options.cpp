#include "troupe/tests/cluster_audit/audit_options.hpp"

#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <variant>

#include "troupe/tests/cluster_audit/stamp.hpp"

namespace troupe::test {

namespace {

using field = std::variant<std::size_t audit_options::*,
                           std::string audit_options::*, bool audit_options::*>;

struct entry {
  std::string_view name;
  field where;
  std::size_t min = 0;
  std::size_t max = 0;
};

static_assert(std::is_same_v<std::size_t, std::uint64_t>);

const std::array<entry, 17> entries = {{
  {"program", &audit_options::program},
  {"nodes", &audit_options::nodes, 3, 9},
  {"clients", &audit_options::clients, 1, 5000},
  {"rooms", &audit_options::rooms, 1, 250},
  {"seconds", &audit_options::seconds, 1, 86'400},
  {"settle-seconds", &audit_options::settle_seconds, 1, 600},
  {"seed", &audit_options::seed, 0, std::numeric_limits<std::size_t>::max()},
  {"seeds", &audit_options::seeds, 1, 100'000},
  {"say-ms", &audit_options::say_ms, 1, 60'000},
  {"pause-ms", &audit_options::pause_ms, 100, 60'000},
  {"silence-ms", &audit_options::silence_ms, 2000, 500'000},
  {"tls", &audit_options::has_tls},
  {"keep", &audit_options::is_keeping},
  {"no-trace", &audit_options::has_no_trace},
  {"namespaces", &audit_options::namespaces},
  {"csv", &audit_options::csv},
  {"folder", &audit_options::folder},
}};

/// Answers whether `value` makes sense for `x`, and sets it.
bool assign(audit_options& options, const entry& x,
            std::optional<std::string_view> value) {
  if (auto* flag = std::get_if<bool audit_options::*>(&x.where)) {
    options.*(*flag) = true;
    return !value;
  }
  if (!value || value->empty())
    return false;
  if (auto* text = std::get_if<std::string audit_options::*>(&x.where)) {
    options.*(*text) = *value;
    return true;
  }
  auto number = parse_number(*value);
  if (!number || *number < x.min || *number > x.max)
    return false;
  options.*std::get<std::size_t audit_options::*>(x.where) = *number;
  return true;
}

} // namespace

std::string read_options(int argc, const char* const* argv, audit_options& x) {
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    auto equals = word.find('=');
    auto is_known = false;
    for (auto& candidate : entries) {
      if (word.substr(0, equals) != "--" + std::string{candidate.name})
        continue;
      is_known = assign(x, candidate,
                        equals == word.npos
                          ? std::nullopt
                          : std::optional{word.substr(equals + 1)});
    }
    if (!is_known)
      return std::string{word} + " is not an option, or makes no sense";
  }
  return {};
}

std::string usage() {
  std::string result = "options:";
  for (auto& x : entries) {
    result += " --" + std::string{x.name};
    if (!std::holds_alternative<bool audit_options::*>(x.where))
      result += '=';
  }
  return result;
}

} // namespace troupe::test
