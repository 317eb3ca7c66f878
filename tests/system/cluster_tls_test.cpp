#include <doctest/doctest.h>

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "troupe/tests/support/echo_cluster.hpp"
#include "troupe/tests/support/node_frames.hpp"
#include "troupe/tests/support/tcp_client.hpp"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// Certificates of two authorities, as the example makes them, in a folder that
/// lives as long as this.
class two_authorities {
public:
  two_authorities()
    : folder_(std::filesystem::temp_directory_path()
              / ("troupe-tls-" + std::to_string(getpid()))) {
    for (std::string which : {"ours", "theirs"}) {
      run("bash '" TROUPE_MAKE_CERTIFICATES "' '" + (folder_ / which).string()
          + "' a b c z");
    }
    run("cd '" + (folder_ / "ours").string()
        + "' && openssl ecparam -name prime256v1 -genkey -noout -out all.key "
          "&& openssl req -new -key all.key -subj /CN=all -addext "
          "subjectAltName=DNS:a,DNS:b | openssl x509 -req -CA ca.pem -CAkey "
          "ca.key -copy_extensions copy -days 2 -out all.pem 2> /dev/null");
  }

  two_authorities(const two_authorities&) = delete;
  two_authorities& operator=(const two_authorities&) = delete;

  ~two_authorities() {
    std::filesystem::remove_all(folder_);
  }

  /// The arguments of `node`, certified by one authority, which trusts another.
  /// There is one for "all", too, which "a" and "b" may use.
  std::vector<std::string> arguments(const std::string& node,
                                     const std::string& own,
                                     const std::string& trusted) const {
    auto file = [](const std::filesystem::path& x) { return x.string(); };
    return {"--cluster-certificate=" + file(folder_ / own / (node + ".pem")),
            "--cluster-key=" + file(folder_ / own / (node + ".key")),
            "--cluster-ca=" + file(folder_ / trusted / "ca.pem")};
  }

private:
  static void run(const std::string& command) {
    // One thread only.
    REQUIRE(std::system(command.c_str()) == 0); // NOLINT(*-mt-unsafe)
  }

  const std::filesystem::path folder_;
};

struct scene {
  scene() : nodes{{"a", "b", "c", "z"}, {"--cluster-silence-ms=2000"}} {
    nodes.start("a", "b", files.arguments("a", "ours", "ours"));
    nodes.start("b", "c", files.arguments("b", "ours", "ours"));
    nodes.start("c", "a", files.arguments("c", "ours", "ours"));
    REQUIRE(nodes.all_see("a,b,c"));
  }

  void check_goes_on() {
    for (std::string x : {"a", "b", "c"}) {
      CHECK_MESSAGE(nodes.echoes(x), nodes[x].log());
      CHECK_MESSAGE(nodes.sees(x, "a,b,c"), nodes[x].log());
      CHECK(nodes.count(x, "node_lost") == 0);
      CHECK(nodes.count(x, "node_reached node=z") == 0);
    }
  }

  /// That `z`, which has been started, gets nowhere within two silences.
  void check_stays_out() {
    auto end = std::chrono::steady_clock::now() + 4s;
    while (std::chrono::steady_clock::now() < end) {
      check_goes_on();
      std::this_thread::sleep_for(200ms);
    }
    CHECK_MESSAGE(nodes.count("z", "node_reached") == 0, nodes["z"].log());
    CHECK_MESSAGE(nodes.sees("z", "z", 0s), nodes["z"].log());
    CHECK_MESSAGE(nodes["z"].terminate() == 0, nodes["z"].log());
    nodes.kill("z");
  }

  two_authorities files;
  echo_cluster nodes;
};

} // namespace

TEST_SUITE_BEGIN("cluster_tls");

TEST_CASE("Nodes that have certificates of one authority reach each other") {
  scene here;
  for (std::string x : {"a", "b", "c"})
    CHECK_MESSAGE(here.nodes[x].wait_for_log({"node_listening", "tls=yes"}, 0s),
                  here.nodes[x].log());
  here.check_goes_on();
  here.nodes.start("z", "a", here.files.arguments("z", "ours", "ours"));
  CHECK(here.nodes.all_see("a,b,c,z"));
  CHECK(here.nodes.echoes("z"));
  here.nodes.kill("z");
  CHECK(here.nodes.all_see("a,b,c"));
  for (std::string x : {"a", "b", "c"})
    CHECK_MESSAGE(here.nodes.echoes(x), here.nodes[x].log());
  // A node that is killed takes no other one with it.
  for (std::string x : {"a", "b", "c"})
    CHECK_MESSAGE(here.nodes.count(x, "node_lost") == 1, here.nodes[x].log());
  for (std::string x : {"a", "b", "c"})
    CHECK_MESSAGE(here.nodes[x].terminate() == 0, here.nodes[x].log());
}

TEST_CASE("A node that another authority has certified stays out") {
  scene here;
  here.nodes.start("z", "a", here.files.arguments("z", "theirs", "theirs"));
  here.check_stays_out();
  // Nor one that would trust the others.
  here.nodes.start("z", "a", here.files.arguments("z", "theirs", "ours"));
  here.check_stays_out();
}

TEST_CASE("A node without a certificate stays out") {
  scene here;
  here.nodes.start("z", "a");
  here.check_stays_out();
}

TEST_CASE("A node with the certificate of another one stays out") {
  scene here;
  // It dials the others.
  here.nodes.start("z", "a", here.files.arguments("b", "ours", "ours"));
  CHECK_MESSAGE(here.nodes["z"].wait_for_log({"certificate_of_another"}, 0s),
                here.nodes["z"].log());
  here.check_stays_out();
  for (std::string x : {"a", "b", "c"})
    CHECK_MESSAGE(here.nodes.count(x, "node_cut")
                    == here.nodes.count(x, "reason=\"it calls itself z, its "
                                           "certificate is of b\""),
                  here.nodes[x].log());
  CHECK(here.nodes.count("a", "its certificate is of b") > 0);
  here.nodes.start("z", "a", here.files.arguments("z", "ours", "ours"));
  CHECK(here.nodes.all_see("a,b,c,z"));
}

TEST_CASE("A node that is dialled shows who it is, too") {
  two_authorities files;
  echo_cluster nodes{{"a", "b", "c"}, {"--cluster-silence-ms=2000"}};
  nodes.start("b", "c", files.arguments("b", "ours", "ours"));
  nodes.start("c", "b", files.arguments("c", "ours", "ours"));
  nodes.start("a", "b", files.arguments("c", "ours", "ours"));
  for (std::string x : {"b", "c"}) {
    CHECK_MESSAGE(nodes[x].wait_for_log(
                    {"node_cut", "it calls itself a, its certificate is of c"},
                    10s),
                  nodes[x].log());
    CHECK_MESSAGE(nodes.sees(x, "b,c"), nodes[x].log());
    CHECK_MESSAGE(nodes.count(x, "node_reached node=a") == 0, nodes[x].log());
    CHECK_MESSAGE(nodes.echoes(x), nodes[x].log());
  }
  nodes.kill("a");
  nodes.start("a", "b", files.arguments("a", "ours", "ours"));
  CHECK_MESSAGE(nodes.all_see("a,b,c"), nodes["b"].log());
}

TEST_CASE("A certificate may name several nodes") {
  two_authorities files;
  echo_cluster nodes{{"a", "b", "c"}, {"--cluster-silence-ms=2000"}};
  for (std::string x : {"a", "b", "c"})
    nodes.start(x, "a", files.arguments("all", "ours", "ours"));
  CHECK_MESSAGE(nodes.sees("a", "a,b"), nodes["a"].log());
  CHECK_MESSAGE(nodes.echoes("b"), nodes["b"].log());
  CHECK_MESSAGE(nodes["b"].wait_for_log(
                  {"node_cut",
                   "it calls itself c, its certificate is of all or a or b"},
                  10s),
                nodes["b"].log());
}

TEST_CASE("Who does not speak TLS gets nothing from a node that does") {
  scene here;
  for (auto& bytes :
       {std::string{"GET / HTTP/1.1\r\n\r\n"}, std::string(100'000, 'x'),
        client_handshake_of(1) + hello_of({"z"})}) {
    tcp_client client{here.nodes.host(), here.nodes.port("a")};
    client.send(bytes);
    // At most that this is not TLS.
    CHECK(client.receive_rest().size() < 32);
    CHECK(client.has_ended());
    here.check_goes_on();
  }
  // Who says nothing keeps nobody waiting.
  std::vector<tcp_client> silent;
  for (auto i = 0; i < 20; ++i)
    silent.emplace_back(here.nodes.host(), here.nodes.port("a"), 4s);
  here.nodes.kill("b");
  here.nodes.start("b", "c", here.files.arguments("b", "ours", "ours"));
  CHECK_MESSAGE(here.nodes.all_see("a,b,c"), here.nodes["a"].log());
  for (auto& x : silent) {
    CAPTURE(x.own_port());
    CHECK(x.receive_rest() == "");
    CHECK_MESSAGE(x.has_ended(), here.nodes["a"].log());
  }
  CHECK(here.nodes.echoes("a"));
}

TEST_SUITE_END();
