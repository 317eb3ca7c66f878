#include "troupe/tools/top/options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "troupe/tools/top/command.hpp"

namespace troupe::top {

namespace {

constexpr double interval_seconds_max = 3'600;
constexpr const char* reason = "by troupe-top";

template <class T>
bool read(const std::string& text, T min, T max, T& result) {
  auto* end = text.data() + text.size();
  T x{};
  auto [stop, error] = std::from_chars(text.data(), end, x);
  if (error != std::errc{} || stop != end || !(x >= min && x <= max))
    return false;
  result = x;
  return true;
}

std::string read_cluster(const std::string& text,
                         std::vector<std::string>& to) {
  for (std::size_t begin = 0; begin <= text.size();) {
    auto end = std::min(text.find(',', begin), text.size());
    auto path = text.substr(begin, end - begin);
    begin = end + 1;
    if (path.empty())
      return "a path is empty";
    if (std::find(to.begin(), to.end(), path) != to.end())
      return path + " is there twice";
    if (to.size() == nodes_max)
      return "there are more than " + std::to_string(nodes_max) + " nodes";
    to.push_back(std::move(path));
  }
  return {};
}

/// What does not go together with several nodes.
std::string check_cluster(const options& x) {
  if (!x.path.empty())
    return "--cluster names all nodes, and there is " + x.path + " besides";
  if (!x.commands.empty())
    return "--cluster only shows: to change something, name one node by its "
           "PATH, without --cluster";
  if (x.shown.sorted_by == column::shares)
    return "--sort=shares: each node of a cluster has its own";
  return {};
}

std::string read_option(const std::string& name, const std::string& value,
                        options& to) {
  if (name == "--interval")
    return read(value, 0.0, interval_seconds_max, to.interval_seconds)
             ? ""
             : "it is not a number of seconds up to 3600";
  if (name == "--rows")
    return read(value, std::size_t{1}, SIZE_MAX, to.shown.rows_max)
             ? ""
             : "it is not a number from 1 on";
  if (name == "--depth") {
    std::uint32_t depth = 0;
    if (!read(value, 1U, UINT32_MAX, depth))
      return "it is not a number from 1 on";
    to.which.set_depth_max(depth);
    return {};
  }
  if (name == "--cluster")
    return read_cluster(value, to.cluster);
  if (name == "--below") {
    to.which.set_path(value);
    return {};
  }
  if (name == "--sort") {
    auto by = parse_column(value);
    if (by)
      to.shown.sorted_by = *by;
    return by ? "" : "there is no such column";
  }
  admin::Envelope command;
  std::string error;
  if (name == "--set")
    error = parse_set(value, *command.mutable_set_attributes());
  else if (name == "--move")
    error = parse_move(value, *command.mutable_move());
  else if (name == "--freeze")
    *command.mutable_freeze()->mutable_target() = parse_target(value);
  else if (name == "--thaw")
    *command.mutable_thaw()->mutable_target() = parse_target(value);
  else if (name == "--destroy") {
    *command.mutable_destroy()->mutable_target() = parse_target(value);
    command.mutable_destroy()->set_reason(reason);
  } else
    return "there is no such option";
  to.commands.push_back(std::move(command));
  return error;
}

} // namespace

std::string parse_options(const std::vector<std::string>& arguments,
                          options& result) {
  for (auto& x : arguments) {
    auto equals = x.find('=');
    if (!x.starts_with("--")) {
      if (!result.path.empty())
        return "there are two paths, " + result.path + " and " + x;
      result.path = x;
    } else if (x == "--once")
      result.is_once = true;
    else if (x == "--json")
      result.is_json = true;
    else if (x == "--help")
      result.wants_help = true;
    else if (equals == std::string::npos)
      return x + ": there is no such option, or it needs a value";
    else if (auto error = read_option(x.substr(0, equals), x.substr(equals + 1),
                                      result);
             !error.empty())
      return x + ": " + error;
  }
  if (result.wants_help)
    return {};
  if (auto error = check_cluster(result);
      !result.cluster.empty() && !error.empty())
    return error;
  if (result.path.empty() && result.cluster.empty())
    return "the path of the server's admin socket is missing";
  if (result.is_json && !result.is_once)
    return "--json needs --once";
  return {};
}

std::string help() {
  std::string columns;
  for (std::size_t i = 0; i < columns_count; ++i)
    columns += (i > 0 ? ", " : "") + to_string(static_cast<column>(i));
  return R"(troupe-top PATH [OPTION…]
troupe-top --cluster=PATH,PATH,… [OPTION…]

Shows the resource containers of a server that was started with --admin=PATH,
and what each of them uses, live. The last line names the keys. With --cluster,
shows those of up to 64 servers side by side.

  --once           print one table and end
  --json           with --once: print it as JSON
  --interval=S     seconds between two looks; 1
  --sort=COLUMN    one of )"
         + columns + R"(
  --rows=N         show at most N rows
  --depth=N        show N levels
  --below=PATH     show only what is below that resource container

Commands are carried out in their order; without --once that is all. They are
for one server, not for a cluster. TARGET is a path as in gold/reports, or #ID.

  --set=TARGET:KEY=VALUE,…    e.g. --set=gold:shares=300,cpu_max=0.5
  --freeze=TARGET
  --thaw=TARGET
  --destroy=TARGET
  --move=TARGET:TARGET        puts the first one under the second

Ends with 0, with 1 if the server, or each of the cluster, is not there, or if
it refuses a command, with 2 if the options make no sense.
)";
}

} // namespace troupe::top
