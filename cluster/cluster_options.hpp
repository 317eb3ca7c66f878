#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "troupe/actors/server_options.hpp"
#include "troupe/cluster/limits.hpp"
#include "troupe/runtime/endpoint.hpp"

namespace troupe {

/// What a node reads from its command line and its configuration file, beside
/// `server_options`. Without `--node` it is a cluster of its own, and opens no
/// port.
struct cluster_options {
  /// `--node=NAME`: this node, 1 to 32 letters, digits, '-' or '_'.
  std::string node;
  /// `--cluster-listen=ADDR:PORT`: where other nodes come in. Loopback, unless
  /// there are certificates or `--cluster-insecure`.
  std::string listen;
  /// `--cluster=NAME@ADDR:PORT,…`: all members, or all but this one. The same
  /// on each of them.
  std::string members;
  /// `--cluster-name=NAME`: nodes of clusters with different names refuse each
  /// other.
  std::string cluster_name = "troupe";
  /// `--cluster-silence-ms=N`: a node that is silent for so long is taken for
  /// dead.
  std::size_t silence_ms = limits::node_silence_ms_default;
  /// `--cluster-certificate=FILE`, `--cluster-key=FILE`, `--cluster-ca=FILE`,
  /// in PEM, all three or none: nodes talk TLS, and each must show a
  /// certificate of that authority.
  std::string certificate;
  std::string key;
  std::string authority;
  /// `--cluster-insecure`: nodes talk in the clear also beyond loopback.
  /// Whoever reaches the port can then send anything to any actor.
  bool is_insecure = false;

  /// Adds them to the options of a server. They must outlive its construction.
  void add_to(server_options& options);

  bool has_tls() const noexcept {
    return !certificate.empty();
  }
};

/// A member as it is configured.
struct member_address {
  std::string name;
  endpoint address;
};

/// What `cluster_options` say, if they make sense.
struct cluster_layout {
  endpoint listen;
  /// By name, this node not included.
  std::vector<member_address> others;
};

/// Answers what is wrong, beginning with the option's name, or nothing and sets
/// `result`.
std::string read_layout(const cluster_options& x, cluster_layout& result);

} // namespace troupe
