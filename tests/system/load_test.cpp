#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "troupe/tests/support/server_process.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// A row of the table, by the names of its columns.
using table_row = std::map<std::string, std::string>;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> result;
  std::istringstream parts{line};
  for (std::string x; std::getline(parts, x, ',');)
    result.push_back(x);
  return result;
}

std::vector<table_row> parse(const std::string& csv) {
  std::vector<table_row> result;
  std::vector<std::string> head;
  std::istringstream lines{csv};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#'))
      continue;
    auto values = split(line);
    if (head.empty()) {
      head = values;
      continue;
    }
    REQUIRE(values.size() == head.size());
    auto& row = result.emplace_back();
    for (std::size_t i = 0; i < head.size(); ++i)
      row[head[i]] = values[i];
  }
  return result;
}

double number(const table_row& row, const std::string& column) {
  CAPTURE(column);
  REQUIRE(row.contains(column));
  return std::stod(row.at(column));
}

/// The load on a server, as a process.
class load {
public:
  load(std::uint16_t port, std::vector<std::string> arguments) {
    arguments.push_back("--connect=127.0.0.1:" + std::to_string(port));
    process_.emplace("load", arguments);
  }

  /// Waits for its end, and answers its rows.
  std::vector<table_row> rows() {
    CHECK_MESSAGE(process_->wait_for_end(60s) == 0, process_->log());
    return parse(process_->output());
  }

  /// The same, of the whole window, after a check that nothing is lost.
  std::map<std::string, table_row> totals() {
    std::map<std::string, table_row> result;
    for (auto& row : rows())
      if (row["second"] == "all") {
        CAPTURE(row["class"]);
        CHECK(number(row, "intended")
              == number(row, "answered") + number(row, "failed")
                   + number(row, "refused") + number(row, "overflowed")
                   + number(row, "unfinished"));
        CHECK(number(row, "sent") >= number(row, "answered"));
        CHECK(number(row, "p50_us") <= number(row, "p90_us"));
        CHECK(number(row, "p90_us") <= number(row, "p99_us"));
        CHECK(number(row, "p99_us") <= number(row, "p999_us"));
        CHECK(number(row, "p999_us") <= number(row, "max_us"));
        CHECK(number(row, "mean_us") <= number(row, "max_us"));
        result[row["class"]] = row;
      }
    return result;
  }

private:
  std::optional<server_process> process_;
};

struct fixture {
  server_process server{"troupe-work", {"--workers=1", "--log-level=debug"}};

  ~fixture() {
    CHECK_MESSAGE(server.terminate() == 0, server.log());
  }
};

} // namespace

TEST_SUITE_BEGIN("load");

TEST_CASE_FIXTURE(fixture, "Whatever is asked for is answered, from the "
                           "addresses and by the server it should be") {
  auto totals
    = load{server.port(),
           {"--seconds=1", "--warmup=0.2", "--drain=30",
            "--server-pid=" + std::to_string(server.id()),
            "--class=open:source=127.1.0.0/16,clients=3,rate=100,spin_us=200",
            "--class=bulk:source=127.66.0.0/16,clients=2,rate=200,burst=20,"
            "connect,reply_bytes=100000",
            "--class=loop:source=127.77.0.0/16,clients=4,closed,slice_us=50,"
            "spin_us=200",
            "--class=each:source=127.88.0.0/16,clients=2,closed,connect,"
            "shared,spin_us=100,retry_ms=0"}}
        .totals();
  REQUIRE(totals.size() == 4);
  for (auto& x : totals) {
    auto& row = x.second;
    CAPTURE(x.first);
    CHECK(number(row, "intended") > 0);
    CHECK(number(row, "answered") == number(row, "intended"));
    CHECK(number(row, "sent") == number(row, "intended"));
    CHECK(number(row, "server_cpu_ms") > 0);
  }
  // They spin for as long.
  CHECK(number(totals["open"], "p50_us") >= 200);
  CHECK(number(totals["loop"], "p50_us") >= 200);
  CHECK(number(totals["bulk"], "connects") > 0);
  for (std::string x :
       {"127.1.0.1", "127.1.0.3", "127.66.0.1", "127.77.0.4", "127.88.0.2"})
    CHECK(server.wait_for_log({"connection_closed", "peer=" + x + ":"}));
}

TEST_CASE_FIXTURE(fixture, "A latency counts from when the request was due, "
                           "not from when it could be sent") {
  auto totals = load{server.port(),
                     {"--seconds=1", "--warmup=0", "--drain=30",
                      "--class=slow:rate=100,in_flight=1,sleep_us=20000"}}
                  .totals();
  auto& row = totals["slow"];
  auto count = number(row, "answered");
  CHECK(count == number(row, "intended"));
  CHECK(number(row, "max_us") >= count * 20'000 - 1'000'000);
}

TEST_CASE_FIXTURE(fixture, "What finds no room in the queue is counted") {
  auto totals
    = load{server.port(),
           {"--seconds=1", "--warmup=0", "--drain=0",
            "--class=slow:rate=500,in_flight=1,queue=5,sleep_us=100000"}}
        .totals();
  auto& row = totals["slow"];
  CHECK(number(row, "unfinished") <= 6);
  CHECK(number(row, "overflowed") > number(row, "intended") / 2);
}

TEST_CASE_FIXTURE(fixture, "The rows of the seconds sum up to that of the "
                           "window") {
  load three{server.port(),
             {"--seconds=2.5", "--warmup=0", "--per-second",
              "--class=a:rate=200", "--class=b:rate=100,from=1,until=2"}};
  std::map<std::string, double> sums;
  std::map<std::string, double> totals;
  std::size_t seconds = 0;
  for (auto& row : three.rows()) {
    auto of_all = row["second"] == "all";
    seconds += of_all ? 0 : 1;
    (of_all ? totals : sums)[row["class"]] += number(row, "intended");
    if (row["class"] == "b" && row["second"] == "0")
      CHECK(number(row, "intended") == 0);
  }
  CHECK(seconds == 6);
  // The last are looked at when the window is over.
  for (std::string x : {"a", "b"}) {
    CHECK(sums[x] > 0);
    CHECK(sums[x] <= totals[x]);
  }
}

TEST_CASE("A server that goes away is no reason to stop asking") {
  std::optional<server_process> server;
  server.emplace("troupe-work", std::vector<std::string>{"--workers=1"});
  load both{server->port(),
            {"--seconds=2", "--warmup=0", "--drain=10",
             "--class=open:rate=200,sleep_us=3000",
             "--class=each:rate=200,connect", "--class=loop:closed,clients=3"}};
  std::this_thread::sleep_for(700ms);
  server.reset();
  for (auto& x : both.totals()) {
    auto& row = x.second;
    CAPTURE(x.first);
    CHECK(number(row, "unfinished") == 0);
    CHECK(number(row, "refused") > 0);
  }
}

TEST_CASE_FIXTURE(fixture, "Requests the server refuses are refused") {
  auto totals = load{server.port(),
                     {"--seconds=0.5", "--warmup=0", "--drain=10",
                      "--class=bad:closed,retry_ms=10,spin_us=10000001"}}
                  .totals();
  CHECK(number(totals["bad"], "refused") > 0);
  CHECK(number(totals["bad"], "answered") == 0);
  CHECK(server.wait_for_log({"connection_closed", "spin_us_max"}));
}

TEST_CASE_FIXTURE(fixture, "A run is bounded in requests") {
  auto totals = load{server.port(),
                     {"--seconds=0.5", "--warmup=0", "--requests-max=7",
                      "--class=loop:closed,clients=2"}}
                  .totals();
  CHECK(number(totals["loop"], "intended") == 7);
}

TEST_CASE("An answer that was not asked for is noticed") {
  server_process server{"troupe-echo", {"--codec=length_prefix"}};
  server_process process{"load",
                         {"--seconds=0.5", "--warmup=0", "--drain=0",
                          "--connect=127.0.0.1:"
                            + std::to_string(server.port()),
                          "--class=some:closed,retry_ms=10,reply_bytes=10"}};
  CHECK(process.wait_for_end() == 1);
  CHECK(process.log().find("class some got an answer that it had not asked")
        != std::string::npos);
  auto rows = parse(process.output());
  REQUIRE(rows.size() == 1);
  CHECK(number(rows[0], "answered") == 0);
  CHECK(number(rows[0], "failed") > 0);
}

TEST_CASE("An argument that makes no sense is refused by its name") {
  struct refusal {
    std::vector<std::string> arguments;
    std::string why;
  };
  std::string server = "--connect=127.0.0.1:1";
  std::string some = "--class=some:closed";
  for (auto& x : {
         refusal{{some}, "--connect= is not ADDRESS:PORT"},
         refusal{{some, "--connect=here:1"}, "--connect=here:1 is not"},
         refusal{{some, "--connect=127.0.0.1:65536"}, "is not ADDRESS:PORT"},
         refusal{{server}, "--class is given once to 64 times"},
         refusal{{server, some, some}, "another class has this name"},
         refusal{{server, some, "--seconds=3601"}, "--seconds is at most 3600"},
         refusal{{server, some, "--seconds=0"}, "--seconds is at least 0.1"},
         refusal{{server, some, "--warmup=601"}, "--warmup is at most 600"},
         refusal{{server, some, "--drain=61"}, "--drain is at most 60"},
         refusal{{server, some, "--requests-max=0"}, "--requests-max is not"},
         refusal{{server, some, "--server-pid=0"}, "there is no such process"},
         refusal{{server, some, "--pace=1"}, "unknown argument: --pace=1"},
         refusal{{server, "--class=x:closed,from=10"}, "from is not before"},
         refusal{{server, "--class=x:closed,clients=20000",
                  "--class=y:closed,clients=20000"},
                 "40000 clients in all, but only"},
       }) {
    CAPTURE(x.why);
    server_process process{"load", x.arguments};
    CHECK(process.wait_for_end() == 2);
    CHECK_MESSAGE(process.log().find(x.why) != std::string::npos,
                  process.log());
  }
}

TEST_SUITE_END();
