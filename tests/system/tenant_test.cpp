#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "troupe/tests/support/frame_traffic.hpp"
#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;

namespace {

/// CPU time by part, in ns: the rows of the ledger, `all` of it, and what the
/// operating system says of the `process`.
using ledger = std::map<std::string, double>;

ledger read_ledger(server_process& server) {
  tcp_client client{server.port(2)};
  client.send("show\n");
  ledger result;
  for (;;) {
    auto line = client.receive_line();
    if (!line || line->empty())
      return result;
    std::istringstream words{*line};
    std::string name;
    words >> name >> result[name];
  }
}

ledger operator-(ledger x, const ledger& y) {
  for (auto& [name, ns] : y)
    x[name] -= ns;
  return x;
}

/// Keeps both tenants busy for 10 s and answers what that has cost.
ledger measure(std::size_t cheap_shares, std::size_t dear_shares) {
  server_process server{"troupe-test-tenant-server",
                        {"--workers=1",
                         "--cheap-shares=" + std::to_string(cheap_shares),
                         "--dear-shares=" + std::to_string(dear_shares)}};
  traffic_options always_busy{8, 256, lines_of(16)};
  frame_traffic cheap{server.port(0), always_busy};
  frame_traffic dear{server.port(1), always_busy};
  std::this_thread::sleep_for(std::chrono::seconds{1});
  auto before = read_ledger(server);
  std::this_thread::sleep_for(std::chrono::seconds{10});
  auto used = read_ledger(server) - before;
  auto tenants = used["cheap"] + used["dear"];
  MESSAGE("shares ", cheap_shares, ":", dear_shares, ", CPU ",
          100 * used["cheap"] / tenants, ":", 100 * used["dear"] / tenants,
          ", ledger / process ", used["all"] / used["process"], ", system ",
          100 * used["system"] / used["all"], " %, process used ",
          used["process"] / 1e9, " s");
  for (auto* x : {&cheap, &dear}) {
    auto report = x->stop();
    CHECK(report.faults == std::vector<std::string>{});
    CHECK(report.frames_returned_min > 0);
  }
  CHECK_MESSAGE(server.terminate() == 0, server.log());
  return used;
}

void check_split(ledger used, double cheap_part) {
  auto tenants = used["cheap"] + used["dear"];
  CHECK(std::abs(used["cheap"] / tenants - cheap_part) < 0.01);
  // Both were always busy: nearly all went to them.
  CHECK(tenants > 0.9 * used["all"]);
  CHECK(std::abs(used["all"] / used["process"] - 1) < 0.02);
}

} // namespace

TEST_SUITE_BEGIN("tenant");

TEST_CASE("The dear tenant with one share in four gets a quarter of the CPU") {
  check_split(measure(3, 1), 0.75);
}

TEST_CASE("The cheap tenant with one share in four gets a quarter of the "
          "CPU") {
  check_split(measure(1, 3), 0.25);
}

TEST_SUITE_END();
