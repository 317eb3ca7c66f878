#include "troupe/tests/cluster_audit/packet_filter.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "troupe/tests/cluster_audit/cluster_under_test.hpp"

namespace troupe::test {

namespace {

/// Before the first rule of a node: nothing is dropped.
constexpr const char* empty_table = "table inet audit\n"
                                    "delete table inet audit\n"
                                    "table inet audit {\n"
                                    "  chain in {\n"
                                    "    type filter hook input priority 0;\n";

void run(const std::string& command, const std::string& input) {
  auto* pipe = popen(command.c_str(), "we");
  if (pipe == nullptr)
    throw std::runtime_error{"cannot run " + command};
  std::fwrite(input.data(), 1, input.size(), pipe);
  if (pclose(pipe) != 0)
    throw std::runtime_error{"failed: " + command};
}

} // namespace

void packet_filter::set(const std::vector<fault>& active) const {
  for (std::size_t i = 0; i < nodes_; ++i)
    run("ip netns exec " + name(i) + " nft -f -", rules_for(i, active));
}

void packet_filter::reset(std::size_t one, std::size_t other) const {
  run("ip netns exec " + name(one) + " ss -K dst " + host(other)
        + " > /dev/null 2>&1",
      {});
}

std::string packet_filter::rules_for(std::size_t node,
                                     const std::vector<fault>& active) const {
  std::string result = empty_table;
  for (std::size_t i = 0; i < nodes_; ++i) {
    if (i == node)
      continue;
    // What comes from there, as if it had been dialled there.
    wire_condition condition;
    for (auto& x : active)
      add_to(condition, x, i, node);
    auto from = "    ip saddr " + host(i);
    if (condition.is_cut_to)
      result += from + " drop\n";
    else if (auto percent = condition.jitter.count(); percent > 0)
      result += from + " numgen random mod 100 < " + std::to_string(percent)
                + " drop\n";
  }
  return result + "  }\n}\n";
}

} // namespace troupe::test
