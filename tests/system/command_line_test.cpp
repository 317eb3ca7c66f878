#include <doctest/doctest.h>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;

TEST_SUITE_BEGIN("command_line");

TEST_CASE("A server says where it listens, and nothing else, on its output") {
  server_process server{"troupe-echo", {"--listen=127.0.0.1:0"}};
  auto port = server.port();
  CHECK(server.output()
        == "listening on 127.0.0.1:" + std::to_string(port) + "\n");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
  CHECK(server.output()
        == "listening on 127.0.0.1:" + std::to_string(port) + "\n");
}

TEST_CASE("A server listens on IPv6 too") {
  server_process server{"troupe-echo", {"--listen=[::1]:0"}};
  auto port = server.port();
  CHECK(server.output() == "listening on [::1]:" + std::to_string(port) + "\n");
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("With --help a server explains its options and ends well") {
  server_process server{"troupe-echo", {"--help"}};
  CHECK_MESSAGE(server.wait_for_end() == 0, server.log());
  auto text = server.output() + server.log();
  for (std::string x : {"--listen", "--codec", "--workers", "--drain-ms-max",
                        "--ledger-seconds", "--log-level", "--config-file"})
    CHECK_MESSAGE(text.find(x) != text.npos, x);
  CHECK(text.find("listening") == text.npos);
}

TEST_CASE("An option that makes no sense is named, and the exit code is 2") {
  struct wrong {
    std::string argument;
    std::vector<std::string> said;
  };
  for (auto& x : std::vector<wrong>{
         {"--workers=many", {"workers"}},
         {"--workers=-1", {"--workers=-1: "}},
         {"--workers=1000", {"workers"}},
         {"--no-such-option", {"no-such-option"}},
         {"--listen=nonsense", {"nonsense", "is not an IP address and a port"}},
         {"--listen=127.0.0.1:99999", {"127.0.0.1:99999"}},
         {"--listen=127.0.0.1", {"127.0.0.1"}},
         {"--codec=telepathy", {"codec", "raw, line, length_prefix"}},
         {"--accounting=on", {"accounting", "off, connections, everywhere"}},
         {"--log-level=loud", {"log-level", "debug, info, warning, error"}},
         {"--container=gold:shares=many", {"container", "gold:", "shares"}},
         {"--classify=127.0.0.0/8=tin", {"classify", "\"tin\""}},
         {"--drain-ms-max=soon", {"drain-ms-max"}},
         {"--config-file=/nonexistent/troupe.conf", {"/nonexistent"}},
         {"stray", {"unexpected argument stray"}},
       }) {
    CAPTURE(x.argument);
    server_process server{"troupe-echo", {x.argument}};
    CHECK(server.wait_for_end(std::chrono::seconds{10}) == 2);
    auto said = server.log();
    CHECK_MESSAGE(said.starts_with("error: "), said);
    for (auto& part : x.said)
      CHECK_MESSAGE(said.find(part) != said.npos, said);
    CHECK(server.output().find("listening") == std::string::npos);
  }
}

TEST_CASE("What makes no sense in a file is named with its line") {
  struct wrong {
    std::string text;
    std::vector<std::string> said;
  };
  auto path = std::filesystem::temp_directory_path()
              / ("troupe-wrong-" + std::to_string(getpid()) + ".conf");
  for (auto& x : std::vector<wrong>{
         {"codec = \"line\"\nworkers = \"many\"\n", {" line 2: workers"}},
         {"workers = 3000\n", {" line 1: workers exceeds"}},
         {"\ncodec = \"telepathy\"\n", {" line 2: codec is none of"}},
         {"workers = 1\nlog-level = loud\n", {" line 2: "}},
         {"wrkers = 3\n", {" line 1: there is no option \"wrkers\""}},
         {"[sched]\na = 3\n", {" line 2: there is no option \"a\""}},
         {"\ncontainer = [\"gold\"", {" line 2: container"}},
         {"; gold\ncontainer = [\n  \"gold\",\n  \"tin:shres=3\"\n]\n",
          {" line 4: container \"tin:shres=3\"", "no attribute \"shres\""}},
         {"classify = [\"127.0.0.0/8=tin\"]\n",
          {" line 1: classify", "no resource container \"tin\""}},
         {"rule = [\"/:answer=suspend\"]\n", {" line 1: rule"}},
       }) {
    CAPTURE(x.text);
    std::ofstream{path} << x.text;
    server_process server{"troupe-echo", {"--config-file=" + path.string()}};
    CHECK(server.wait_for_end(std::chrono::seconds{10}) == 2);
    auto said = server.log();
    CHECK_MESSAGE(said.starts_with("error: " + path.string() + " line "), said);
    for (auto& part : x.said)
      CHECK_MESSAGE(said.find(part) != said.npos, said);
  }
  // What stands in the file is not blamed for what does not.
  std::ofstream{path} << "workers = 2\n";
  server_process server{"troupe-echo",
                        {"--config-file=" + path.string(), "--workers=3000"}};
  CHECK(server.wait_for_end(std::chrono::seconds{10}) == 2);
  CHECK(server.log().starts_with("error: workers exceeds"));
  std::filesystem::remove(path);
}

TEST_CASE("A port that is taken is named, and the exit code is 1") {
  server_process first{"troupe-echo", {"--listen=127.0.0.1:0"}};
  auto address = "127.0.0.1:" + std::to_string(first.port());
  server_process second{"troupe-echo", {"--listen=" + address}};
  CHECK_MESSAGE(second.wait_for_end() == 1, second.log());
  CHECK(second.wait_for_log(
    {"error: ", "cannot listen on " + address, "Address already in use"}));
  CHECK(tcp_client{first.port()}.ask("still here") == "still here");
  CHECK_MESSAGE(first.terminate() == 0, first.log());
}

TEST_CASE("With --ledger-seconds a server prints who has used what") {
  server_process server{"troupe-echo", {"--ledger-seconds=1"}};
  tcp_client client{server.port()};
  CHECK(client.ask("hello") == "hello");
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  auto says = [&](const std::string& x) {
    return server.output().find(x) != std::string::npos;
  };
  while (!says("connections") && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  for (auto* x :
       {"resource container", "process", "system", "connections", "127.0.0.1:"})
    CHECK_MESSAGE(says(x), x);
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Resource containers and classes are made by option and by file") {
  auto file = std::filesystem::temp_directory_path()
              / ("troupe-containers-" + std::to_string(getpid()) + ".conf");
  std::ofstream{file} << "container = [\"tin\", \"tin/inner:shares=0\"]\n"
                      << "classify = [\"127.66.0.0/16=tin/inner\"]\n";
  server_process server{"troupe-echo",
                        {"--listen=127.0.0.1:0", "--ledger-seconds=1",
                         "--config-file=" + file.string(),
                         "--container=gold:shares=300,cpu_max=0.5",
                         "--container=silver", "--classify=127.0.0.0/8=gold"}};
  tcp_client client{server.port()};
  client.send("hello\n");
  CHECK(client.receive(6) == "hello\n");
  std::string output;
  for (auto i = 0; i < 50 && output.find("gold") == output.npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    output = server.output();
  }
  auto gold = output.find("\n  gold ");
  REQUIRE_MESSAGE(gold != output.npos, output);
  CHECK(output.find("\n    127.0.0.1:", gold) != output.npos);
  auto shares = output.find_first_of("0123456789", gold);
  CHECK(output.substr(shares, 4) == "300 ");
  for (auto* name : {"\n  silver ", "\n  tin ", "\n    inner "})
    CHECK_MESSAGE(output.find(name) != output.npos, name);
  CHECK_MESSAGE(server.terminate() == 0, server.log());
  std::filesystem::remove(file);
}

TEST_CASE("Options may stand in a file") {
  auto path = std::filesystem::temp_directory_path()
              / ("troupe-" + std::to_string(getpid()) + ".conf");
  std::ofstream{path} << "codec = \"length_prefix\"\n"
                         "workers = 1\n"
                         "log-level = \"debug\"\n";
  server_process server{"troupe-echo", {"--config-file=" + path.string()}};
  tcp_client client{server.port()};
  client.send({"\0\0\0\1x", 5});
  CHECK(client.receive(5) == std::string{"\0\0\0\1x", 5});
  CHECK_MESSAGE(server.terminate() == 0, server.log());
  std::filesystem::remove(path);
}

TEST_SUITE_END();
