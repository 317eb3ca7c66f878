#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "troupe/tests/cluster_audit/address.hpp"
#include "troupe/tests/cluster_audit/event_loop.hpp"
#include "troupe/tests/cluster_audit/fault_plan.hpp"
#include "troupe/tests/cluster_audit/fault_proxy.hpp"
#include "troupe/tests/cluster_audit/node_process.hpp"
#include "troupe/tests/cluster_audit/packet_filter.hpp"

namespace troupe::test {

struct cluster_description {
  std::string program;
  std::size_t nodes = 3;
  std::size_t silence_ms = 2000;
  std::uint64_t seed = 0;
  /// Where its nodes keep their logs and sockets.
  std::filesystem::path folder;
  /// Nodes talk TLS.
  bool has_tls = false;
  /// Each node has a network namespace, this and its number; else all are on
  /// loopback.
  std::string namespaces;
};

/// Nodes n1, n2, … as processes, each on an address of its own: on loopback,
/// with a proxy on the way from each to each other, or in a network namespace,
/// with packet filters. `loop` must outlive it.
class cluster_under_test {
public:
  cluster_under_test(event_loop& loop, const cluster_description& x);

  /// Where the clients' lines go, by node.
  std::vector<address> servers() const;

  std::size_t size() const noexcept {
    return nodes_.size();
  }

  node_process& node(std::size_t index) {
    return *nodes_[index];
  }

  /// All wires act as these faults want it; those of processes do nothing
  /// here.
  void set(const std::vector<fault>& active);

  void reset(std::size_t one, std::size_t other);
  void corrupt(std::size_t one, std::size_t other);

private:
  /// On the way from a node, which dials, to another.
  struct passage {
    std::size_t from;
    std::size_t to;
    std::unique_ptr<fault_proxy> proxy;

    bool joins(std::size_t one, std::size_t other) const noexcept {
      return (from == one && to == other) || (from == other && to == one);
    }
  };

  std::string host(std::size_t node) const;
  address proxy_address(std::size_t from, std::size_t to) const;
  void find_subnet(event_loop& loop, std::uint64_t seed);
  void make_node(std::size_t node, const cluster_description& x);
  bool open_proxies(event_loop& loop, std::uint64_t seed);
  std::vector<std::string> arguments(std::size_t node,
                                     const cluster_description& x) const;

  /// The third number of all its addresses.
  int subnet_ = 0;
  std::vector<std::unique_ptr<node_process>> nodes_;
  std::vector<passage> passages_;
  /// Instead of all proxies.
  std::optional<packet_filter> filter_;
};

/// What `x` does to what goes from the node `from`, which has dialled, to `to`.
void add_to(wire_condition& condition, const fault& x, std::size_t from,
            std::size_t to);

} // namespace troupe::test
