#include "troupe/cluster/cluster_options.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <string_view>

namespace troupe {

namespace {

bool is_name(std::string_view x) {
  return !x.empty() && x.size() <= limits::node_name_bytes_max
         && std::all_of(x.begin(), x.end(), [](unsigned char c) {
              return std::isalnum(c) != 0 || c == '-' || c == '_';
            });
}

bool is_loopback(const endpoint& x) {
  if (!x.is_v6)
    return x.address[0] == 127;
  auto last = x.address.end() - 1;
  return *last == 1
         && std::all_of(x.address.begin(), last, [](auto b) { return b == 0; });
}

bool is_readable(const std::string& file) {
  return std::ifstream{file}.good();
}

std::string read_members(std::string_view rest,
                         std::vector<member_address>& result) {
  while (!rest.empty()) {
    auto item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    auto at = item.find('@');
    auto name = std::string{item.substr(0, at)};
    auto address = parse_endpoint(at == item.npos ? std::string_view{}
                                                  : item.substr(at + 1));
    if (!is_name(name) || !address || address->is_unix() || address->port == 0)
      return "cluster \"" + std::string{item} + "\" is not NAME@ADDR:PORT";
    result.push_back({std::move(name), *address});
  }
  return {};
}

std::string check_members(const std::vector<member_address>& all) {
  if (all.size() > limits::cluster_members_max)
    return "cluster has " + std::to_string(all.size())
           + " members; cluster_members_max is "
           + std::to_string(limits::cluster_members_max);
  std::set<std::string> names;
  std::map<std::string, std::string> by_address;
  for (auto& x : all) {
    if (!names.insert(x.name).second)
      return "cluster names " + x.name + " twice";
    auto address = to_string(x.address);
    auto [other, is_first] = by_address.emplace(address, x.name);
    if (!is_first)
      return "cluster has " + other->second + " and " + x.name + " both at "
             + address;
  }
  return {};
}

std::string check_trust(const cluster_options& x, const endpoint& listen) {
  auto given = {&x.certificate, &x.key, &x.authority};
  auto count = std::count_if(given.begin(), given.end(),
                             [](auto* file) { return !file->empty(); });
  if (count != 0 && count != 3)
    return "cluster-certificate, cluster-key and cluster-ca belong together";
  for (auto* file : given)
    if (!file->empty() && !is_readable(*file))
      return "cluster-certificate, cluster-key or cluster-ca: cannot read \""
             + *file + "\"";
  if (count == 0 && !x.is_insecure && !is_loopback(listen))
    return "cluster-listen is not on loopback: nodes need certificates, or "
           "cluster-insecure where nobody else reaches the port";
  return {};
}

} // namespace

void cluster_options::add_to(server_options& options) {
  options.add(node, "node", "NAME of this node in a cluster");
  options.add(listen, "cluster-listen", "ADDR:PORT for other nodes");
  options.add(members, "cluster", "NAME@ADDR:PORT,… of all nodes");
  options.add(cluster_name, "cluster-name", "NAME that all nodes share");
  options.add(silence_ms, "cluster-silence-ms",
              "a node that is silent for so long is taken for dead");
  options.add(certificate, "cluster-certificate", "FILE of this node, PEM");
  options.add(key, "cluster-key", "FILE of its private key, PEM");
  options.add(authority, "cluster-ca",
              "FILE of the authority of all nodes, PEM");
  options.add(is_insecure, "cluster-insecure",
              "talk in the clear beyond loopback");
}

std::string read_layout(const cluster_options& x, cluster_layout& result) {
  if (x.node.empty())
    return x.members.empty() && x.listen.empty()
             ? ""
             : "cluster and cluster-listen need a node";
  if (!is_name(x.node))
    return "node is not 1 to 32 letters, digits, '-' or '_'";
  if (!is_name(x.cluster_name))
    return "cluster-name is not 1 to 32 letters, digits, '-' or '_'";
  if (x.silence_ms < 2 * limits::lease_ms
      || x.silence_ms > 100 * limits::node_silence_ms_default)
    return "cluster-silence-ms is not in 2000 to 500000";
  auto listen = parse_endpoint(x.listen);
  if (!listen || listen->is_unix() || listen->port == 0)
    return "cluster-listen is not an IP address and a port";
  result.listen = *listen;
  std::vector<member_address> all;
  if (auto error = read_members(x.members, all); !error.empty())
    return error;
  if (std::none_of(all.begin(), all.end(),
                   [&](auto& y) { return y.name == x.node; }))
    all.push_back({x.node, result.listen});
  if (auto error = check_members(all); !error.empty())
    return error;
  std::erase_if(all, [&](auto& y) { return y.name == x.node; });
  std::sort(all.begin(), all.end(),
            [](auto& a, auto& b) { return a.name < b.name; });
  result.others = std::move(all);
  return check_trust(x, result.listen);
}

} // namespace troupe
