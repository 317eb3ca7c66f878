#include "troupe/tests/cluster_audit/cluster_under_test.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "troupe/tests/cluster_audit/certificates.hpp"

namespace troupe::test {

namespace {

// Below the ports that the kernel gives to those who connect.
constexpr std::uint16_t cluster_port = 20'001;
constexpr std::uint16_t chat_port = 20'002;
constexpr std::uint16_t lines_port = 20'003;
constexpr std::uint16_t first_proxy_port = 20'100;

constexpr int subnets = 250;

constexpr const char* ip_program = "/usr/sbin/ip";

std::string name(std::size_t node) {
  return "n" + std::to_string(node + 1);
}

} // namespace

cluster_under_test::cluster_under_test(event_loop& loop,
                                       const cluster_description& x) {
  nodes_.resize(x.nodes);
  if (!x.namespaces.empty())
    filter_.emplace(x.namespaces, x.nodes);
  else
    find_subnet(loop, x.seed);
  if (x.has_tls) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < x.nodes; ++i)
      names.push_back(name(i));
    make_certificates(x.folder, names);
  }
  for (std::size_t i = 0; i < x.nodes; ++i)
    make_node(i, x);
}

std::vector<address> cluster_under_test::servers() const {
  std::vector<address> result;
  for (std::size_t i = 0; i < size(); ++i)
    result.push_back({host(i), lines_port});
  return result;
}

void cluster_under_test::set(const std::vector<fault>& active) {
  if (filter_)
    filter_->set(active);
  for (auto& x : passages_) {
    wire_condition condition;
    for (auto& y : active)
      add_to(condition, y, x.from, x.to);
    x.proxy->set(condition);
  }
}

void cluster_under_test::reset(std::size_t one, std::size_t other) {
  if (filter_)
    filter_->reset(one, other);
  for (auto& x : passages_)
    if (x.joins(one, other))
      x.proxy->reset();
}

void cluster_under_test::corrupt(std::size_t one, std::size_t other) {
  for (auto& x : passages_)
    if (x.joins(one, other) && x.proxy->connections() > 0)
      x.proxy->corrupt();
}

std::string cluster_under_test::host(std::size_t node) const {
  if (filter_)
    return packet_filter::host(node);
  return "127.0." + std::to_string(subnet_) + '.' + std::to_string(node + 1);
}

address cluster_under_test::proxy_address(std::size_t from,
                                          std::size_t to) const {
  if (filter_)
    return {host(to), cluster_port};
  return {host(from), static_cast<std::uint16_t>(first_proxy_port + to)};
}

void cluster_under_test::find_subnet(event_loop& loop, std::uint64_t seed) {
  // Other runs have other subnets, as one whose proxies are there is taken.
  auto first = static_cast<int>(getpid() % subnets);
  for (int i = 0; i < subnets && passages_.empty(); ++i) {
    subnet_ = 1 + (first + i) % subnets;
    if (!open_proxies(loop, seed))
      passages_.clear();
  }
  if (passages_.empty())
    throw std::runtime_error{"no loopback addresses are free"};
}

void cluster_under_test::make_node(std::size_t node,
                                   const cluster_description& x) {
  // A socket's folder is locked for a moment, which others do not wait for.
  std::filesystem::create_directories(x.folder / name(node));
  auto program = x.program;
  auto words = arguments(node, x);
  if (filter_) {
    // It becomes the node: the process is the same.
    auto self = std::filesystem::read_symlink("/proc/self/exe");
    words.insert(words.begin(), {"netns", "exec", filter_->name(node),
                                 self.replace_filename(x.program).string()});
    words.push_back("--cluster-insecure");
    program = ip_program;
  }
  nodes_[node] = std::make_unique<node_process>(
    name(node), program, words, x.folder / (name(node) + ".log"));
}

bool cluster_under_test::open_proxies(event_loop& loop, std::uint64_t seed) {
  for (std::size_t from = 0; from < size(); ++from)
    for (std::size_t to = 0; to < size(); ++to) {
      if (from == to)
        continue;
      auto listener = start_listening(proxy_address(from, to));
      if (listener < 0)
        return false;
      passages_.push_back({from, to,
                           std::make_unique<fault_proxy>(
                             loop, listener, address{host(to), cluster_port},
                             seed * 64 + passages_.size())});
    }
  return true;
}

std::vector<std::string>
cluster_under_test::arguments(std::size_t node,
                              const cluster_description& x) const {
  std::string members;
  for (std::size_t i = 0; i < size(); ++i)
    if (i != node)
      members += (members.empty() ? "" : ",") + name(i) + '@'
                 + to_string(proxy_address(node, i));
  auto at = [&](std::uint16_t port) {
    return to_string(address{host(node), port});
  };
  std::vector<std::string> result = {
    "--node=" + name(node),
    "--cluster-listen=" + at(cluster_port),
    "--cluster=" + members,
    "--cluster-silence-ms=" + std::to_string(x.silence_ms),
    "--listen=" + at(chat_port),
    "--listen-lines=" + at(lines_port),
    "--admin=" + (x.folder / name(node) / "admin").string(),
  };
  if (x.has_tls) {
    auto certificates = certificates_in(x.folder);
    result.push_back("--cluster-certificate=" + certificates.certificate);
    result.push_back("--cluster-key=" + certificates.key);
    result.push_back("--cluster-ca=" + certificates.authority);
  }
  return result;
}

void add_to(wire_condition& condition, const fault& x, std::size_t from,
            std::size_t to) {
  auto is_pair = (x.node == from && x.other == to)
                 || (x.node == to && x.other == from);
  auto is_one = x.node == from || x.node == to;
  switch (x.kind) {
    case fault_kind::isolate:
      condition.is_cut_to |= is_one;
      condition.is_cut_from |= is_one;
      break;
    case fault_kind::deafen:
      condition.is_cut_to |= x.node == to;
      condition.is_cut_from |= x.node == from;
      break;
    case fault_kind::mute:
      condition.is_cut_to |= x.node == from;
      condition.is_cut_from |= x.node == to;
      break;
    case fault_kind::cut:
      condition.is_cut_to |= is_pair;
      condition.is_cut_from |= is_pair;
      break;
    case fault_kind::delay:
      if (is_pair) {
        condition.delay = x.delay / 2;
        condition.jitter = x.delay;
      }
      break;
    default:
      break;
  }
}

} // namespace troupe::test
