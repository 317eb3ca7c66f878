#include "troupe/tests/support/echo_cluster.hpp"

#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <utility>

#include "troupe/tests/support/tcp_client.hpp"

namespace troupe::test {

namespace {

constexpr std::uint16_t first_port = 4801;

/// Of the process, so that tests can run beside each other.
std::string own_address() {
  auto number = static_cast<unsigned>(getpid());
  return "127." + std::to_string(64 + (number >> 16) % 64) + '.'
         + std::to_string(number >> 8 & 0xFF) + '.'
         + std::to_string(number & 0xFF);
}

} // namespace

echo_cluster::echo_cluster(std::vector<std::string> members,
                           std::vector<std::string> arguments)
  : host_(own_address()),
    members_(std::move(members)),
    arguments_(std::move(arguments)) {
  // nop
}

server_process& echo_cluster::start(const std::string& node,
                                    const std::string& to,
                                    const std::vector<std::string>& arguments) {
  std::string all;
  for (auto& x : members_)
    all += (all.empty() ? "" : ",") + x + '@' + host_ + ':'
           + std::to_string(port(x));
  std::vector<std::string> words{"--listen=127.0.0.1:0",
                                 "--workers=2",
                                 "--node=" + node,
                                 "--cluster=" + all,
                                 "--to=" + to,
                                 "--cluster-listen=" + host_ + ':'
                                   + std::to_string(port(node))};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  kill(node);
  auto& result = nodes_
                   .emplace(std::piecewise_construct,
                            std::forward_as_tuple(node),
                            std::forward_as_tuple("troupe-echo", words))
                   .first->second;
  result.port();
  return result;
}

void echo_cluster::kill(const std::string& node) {
  nodes_.erase(node);
}

std::uint16_t echo_cluster::port(const std::string& node) const {
  auto found = std::find(members_.begin(), members_.end(), node);
  return static_cast<std::uint16_t>(first_port + (found - members_.begin()));
}

bool echo_cluster::sees(const std::string& node, const std::string& live,
                        std::chrono::milliseconds timeout) {
  auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    std::string view;
    std::istringstream lines{nodes_.at(node).log()};
    for (std::string line; std::getline(lines, line);)
      if (line.find(" cluster_view ") != line.npos)
        view = line;
    if (view.find(" live=" + live + ' ') != view.npos)
      return true;
    if (std::chrono::steady_clock::now() >= end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

bool echo_cluster::all_see(const std::string& live) {
  return std::all_of(nodes_.begin(), nodes_.end(),
                     [&](auto& x) { return sees(x.first, live); });
}

bool echo_cluster::echoes(const std::string& node) {
  tcp_client client{nodes_.at(node).port()};
  auto line = "line " + std::to_string(++lines_);
  return client.ask(line) == line;
}

bool echo_cluster::echoes_soon(const std::string& node) {
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!echoes(node))
    if (std::chrono::steady_clock::now() >= end)
      return false;
  return true;
}

std::size_t echo_cluster::count(const std::string& node,
                                const std::string& part) const {
  std::size_t result = 0;
  std::istringstream lines{nodes_.at(node).log()};
  for (std::string line; std::getline(lines, line);)
    result += line.find(part) != line.npos ? 1 : 0;
  return result;
}

} // namespace troupe::test
