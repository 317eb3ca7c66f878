#include "troupe/actors/configuration.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <string_view>
#include <utility>

#include "caf/config_option.hpp"
#include "caf/make_config_option.hpp"
#include "caf/pec.hpp"

#include "troupe/runtime/errc.hpp"

namespace troupe {

namespace {

constexpr auto default_file = "troupe.conf";

/// How CAF reads an option. Not CAF's own `make_config_option`: built by clang,
/// it crashes, as a constant there has no address the linker keeps.
template <class T>
const caf::config_option::meta_state* option_reader() {
  static const caf::config_option::meta_state result{
    caf::detail::check_impl<T>, caf::detail::store_impl<T>,
    caf::detail::get_impl<T>, caf::detail::parse_impl_delegate<T>,
    caf::select_config_value_access_t<T>::type_name()};
  return &result;
}

bool is_word(std::string_view x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
}

std::string_view trim(std::string_view x) {
  constexpr std::string_view blanks = " \t\r";
  auto begin = std::min(x.find_first_not_of(blanks), x.size());
  return x.substr(begin, x.find_last_not_of(blanks) + 1 - begin);
}

/// What is before "=" if that is a word, else nothing.
std::string_view key_of(std::string_view line) {
  auto equals = line.find('=');
  auto result = trim(line.substr(0, equals));
  return equals != line.npos && is_word(result) ? result : std::string_view{};
}

/// What is in brackets if that is a word, else nothing.
std::string_view group_of(std::string_view line) {
  line = trim(line);
  if (line.size() < 2 || line.front() != '[' || line.back() != ']')
    return {};
  auto result = trim(line.substr(1, line.size() - 2));
  return is_word(result) ? result : std::string_view{};
}

} // namespace

configuration::configuration(server_options& x) : options_(x) {
  add(x.listen, "listen",
      "ADDR:PORT or unix:/PATH to listen on; port 0 picks one");
  add(x.workers, "workers", "worker threads; 0 is one a core");
  add(x.helpers, "helpers", "threads for work that blocks");
  add(x.drain_ms_max, "drain-ms-max",
      "time to finish what is in flight at SIGTERM");
  add(x.ledger_seconds, "ledger-seconds",
      "print the ledger this often; 0 is never");
  add(x.accounting, "accounting", "off, connections or everywhere");
  add(x.admin, "admin", "PATH of a Unix socket for troupe-top");
  add(x.log_level, "log-level", "debug, info, warning or error");
  add(x.container, "container",
      "PATH:KEY=VALUE,… makes a resource container; may be repeated");
  add(x.classify, "classify",
      "PREFIX=PATH sends peers to a resource container; may be repeated");
  add(x.payer, "payer",
      "connection, address or class pays for each connection");
  add(x.rule, "rule",
      "PATH:SUBJECT=MAX,answer=ANSWER watches what is below; may be repeated");
  for (auto& own : x.own_options)
    std::visit([&](auto* value) { add(*value, own.name, own.description); },
               own.value);
}

template <class T>
void configuration::add(T& value, const std::string& name,
                        const std::string& description) {
  custom_options_.add(caf::config_option{"global", name, description,
                                         option_reader<T>(), &value});
}

std::string configuration::read(std::vector<std::string> arguments) {
  arguments_ = arguments;
  // Of what may be repeated, CAF would keep the last one only.
  const std::pair<std::string, std::vector<std::string>*> repeated[]
    = {{"--container=", &options_.container},
       {"--classify=", &options_.classify},
       {"--rule=", &options_.rule}};
  for (auto& option : repeated)
    std::erase_if(arguments,
                  [&](auto& x) { return x.starts_with(option.first); });
  auto error = parse(std::move(arguments), default_file);
  for (auto& [begin, values] : repeated)
    for (auto& x : arguments_)
      if (x.starts_with(begin))
        values->push_back(x.substr(begin.size()));
  read_lines();
  if (error)
    return describe_syntax(error);
  if (cli_helptext_printed)
    return {};
  if (!remainder.empty())
    return "unexpected argument " + remainder[0];
  return check_lines();
}

std::string configuration::place_of(const std::string& option,
                                    const std::string& value) const {
  auto is_argument = [&](const std::string& x) {
    return x == "--" + option + (value.empty() ? "" : "=" + value)
           || (value.empty() && x.starts_with("--" + option + "="));
  };
  if (std::any_of(arguments_.begin(), arguments_.end(), is_argument))
    return {};
  auto is_it = [&](const line& x) {
    return value.empty() ? x.key == option
                         : x.text.find('"' + value + '"') != x.text.npos;
  };
  auto found = std::find_if(lines_.begin(), lines_.end(), is_it);
  return found == lines_.end()
           ? ""
           : place(static_cast<std::size_t>(found - lines_.begin()));
}

/// CAF says in which line of the file, or which argument it is.
std::string configuration::describe_syntax(const caf::error& x) const {
  auto& context = x.context();
  if (x.category() != caf::atom("parser")
      || !context.match_elements<caf::settings>())
    return describe(x);
  auto& where = context.get_as<caf::settings>(0);
  auto what = to_string(static_cast<caf::pec>(x.code()));
  if (auto argument = caf::get_if<std::string>(&where, "argument"))
    return *argument + ": " + what;
  auto number = caf::get_or(where, "line", std::int64_t{1});
  return place(static_cast<std::size_t>(number - 1)) + what;
}

/// As much of it as is needed to know what is said where.
void configuration::read_lines() {
  std::ifstream file{config_file_path};
  std::string group = "global";
  for (std::string text; std::getline(file, text);) {
    if (auto begun = group_of(text); !begun.empty())
      group = begun;
    lines_.push_back({group, std::string{key_of(text)}, text});
  }
}

std::string configuration::check_lines() const {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    auto& [group, key, text] = lines_[i];
    if (key.empty())
      continue;
    auto* option = custom_options_.qualified_name_lookup(group, key);
    if (option == nullptr)
      return place(i) + "there is no option \"" + key + "\"";
    if (!has_value(group, key))
      return place(i) + key + " is not a complete "
             + std::string{option->type_name().data(),
                           option->type_name().size()};
  }
  return {};
}

bool configuration::has_value(const std::string& group,
                              const std::string& key) const {
  if (group == "global")
    return content.count(key) > 0;
  auto inner = caf::get_if<caf::settings>(&content, group);
  return inner && inner->count(key) > 0;
}

std::string configuration::place(std::size_t index) const {
  return config_file_path + " line " + std::to_string(index + 1) + ": ";
}

} // namespace troupe
