#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "troupe/tests/support/server_process.hpp"

namespace troupe::test {

/// Echo servers that are nodes of one cluster, on an address of loopback that
/// no other test has. Each lets another one send back what its clients send.
/// One thread only.
class echo_cluster {
public:
  /// Starts none of `members`. All of them get `arguments`.
  explicit echo_cluster(std::vector<std::string> members,
                        std::vector<std::string> arguments = {});

  /// Starts `node`, or starts it again. `to` sends back.
  server_process& start(const std::string& node, const std::string& to,
                        const std::vector<std::string>& arguments = {});

  /// Kills it.
  void kill(const std::string& node);

  server_process& operator[](const std::string& node) {
    return nodes_.at(node);
  }

  /// Where nodes listen for each other.
  const std::string& host() const noexcept {
    return host_;
  }

  std::uint16_t port(const std::string& node) const;

  /// Waits until the newest view that `node` has logged is one of `live`, such
  /// as "a,b"; answers whether it came to that.
  bool sees(const std::string& node, const std::string& live,
            std::chrono::milliseconds timeout = std::chrono::seconds{10});

  /// Whether all that were started see all of these.
  bool all_see(const std::string& live);

  /// Whether a line that a new client sends to `node` comes back.
  bool echoes(const std::string& node);

  /// Whether one does within some seconds, while others may end unanswered.
  bool echoes_soon(const std::string& node);

  /// How often `part` is in a line of the log of `node`.
  std::size_t count(const std::string& node, const std::string& part) const;

private:
  std::string host_;
  std::vector<std::string> members_;
  std::vector<std::string> arguments_;
  std::map<std::string, server_process> nodes_;
  int lines_ = 0;
};

} // namespace troupe::test
