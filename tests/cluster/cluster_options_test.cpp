#include "troupe/cluster/cluster_options.hpp"

#include <string>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

/// A node that is as it should be.
cluster_options valid() {
  cluster_options result;
  result.node = "b";
  result.listen = "127.0.0.1:4001";
  result.members = "c@127.0.0.1:4002,b@127.0.0.1:4001,a@[::1]:4000";
  return result;
}

std::string error_of(const cluster_options& x) {
  cluster_layout ignored;
  return read_layout(x, ignored);
}

/// The same with `member` set to something else.
template <class T>
std::string error_with(T cluster_options::*member, T value) {
  auto x = valid();
  x.*member = std::move(value);
  return error_of(x);
}

std::string error_of_members(const std::string& x) {
  return error_with(&cluster_options::members, x);
}

const std::string any_file = "/dev/null";

// -- what is read -------------------------------------------------------------

TEST_CASE("The other members are read, by name.") {
  cluster_layout layout;
  CHECK(read_layout(valid(), layout) == "");
  CHECK(to_string(layout.listen) == "127.0.0.1:4001");
  REQUIRE(layout.others.size() == 2);
  CHECK(layout.others[0].name == "a");
  CHECK(to_string(layout.others[0].address) == "[::1]:4000");
  CHECK(layout.others[1].name == "c");
  CHECK(to_string(layout.others[1].address) == "127.0.0.1:4002");
}

TEST_CASE("This node need not be among them, nor anybody.") {
  cluster_layout layout;
  auto x = valid();
  x.members = "c@127.0.0.1:4002,a@127.0.0.1:4000";
  CHECK(read_layout(x, layout) == "");
  CHECK(layout.others.size() == 2);
  CHECK(error_of_members("") == "");
}

TEST_CASE("Without a node there is nothing to read.") {
  cluster_layout layout;
  CHECK(read_layout({}, layout) == "");
  CHECK(layout.others.empty());
}

TEST_CASE("A server gets all options, and they end up here.") {
  cluster_options uut;
  server_options options;
  uut.add_to(options);
  std::string all;
  for (auto& x : options.own_options)
    all += x.name + ' ';
  CHECK(all
        == "node cluster-listen cluster cluster-name cluster-silence-ms "
           "cluster-certificate cluster-key cluster-ca cluster-insecure ");
  CHECK(std::get<std::string*>(options.own_options[0].value) == &uut.node);
  CHECK(std::get<std::size_t*>(options.own_options[4].value)
        == &uut.silence_ms);
  CHECK(std::get<bool*>(options.own_options[8].value) == &uut.is_insecure);
}

// -- what is wrong ------------------------------------------------------------

TEST_CASE("Members or an address without a node are an oversight.") {
  constexpr auto expected = "cluster and cluster-listen need a node";
  CHECK(error_with(&cluster_options::node, std::string{}) == expected);
  cluster_options x;
  x.listen = "127.0.0.1:4001";
  CHECK(error_of(x) == expected);
  x = {};
  x.members = "a@127.0.0.1:4001";
  CHECK(error_of(x) == expected);
}

TEST_CASE("Names are 1 to 32 letters, digits, '-' or '_'.") {
  std::string longest(limits::node_name_bytes_max, 'x');
  for (auto& name : {longest, std::string{"Ab-3_"}, std::string{"0"}}) {
    auto x = valid();
    x.node = name;
    x.members.clear();
    CHECK(error_of(x) == "");
    CHECK(error_with(&cluster_options::cluster_name, name) == "");
    CHECK(error_of_members(name + "@127.0.0.1:1") == "");
  }
  for (auto& name : {longest + 'x', std::string{"a b"}, std::string{"a/b"},
                     std::string{"a.b"}, std::string{"ä"}}) {
    CAPTURE(name);
    CHECK(error_with(&cluster_options::node, name)
          == "node is not 1 to 32 letters, digits, '-' or '_'");
    CHECK(error_with(&cluster_options::cluster_name, name)
          == "cluster-name is not 1 to 32 letters, digits, '-' or '_'");
    CHECK(error_of_members(name + "@127.0.0.1:1")
          == "cluster \"" + name + "@127.0.0.1:1\" is not NAME@ADDR:PORT");
  }
  CHECK(error_with(&cluster_options::cluster_name, std::string{})
        == "cluster-name is not 1 to 32 letters, digits, '-' or '_'");
}

TEST_CASE("Silence is neither too short nor too long.") {
  auto error = [](std::size_t ms) {
    return error_with(&cluster_options::silence_ms, ms);
  };
  CHECK(error(0) == "cluster-silence-ms is not in 2000 to 500000");
  CHECK(error(1'999) == "cluster-silence-ms is not in 2000 to 500000");
  CHECK(error(2'000) == "");
  CHECK(error(500'000) == "");
  CHECK(error(500'001) == "cluster-silence-ms is not in 2000 to 500000");
}

TEST_CASE("Nodes come in at an address and a port.") {
  for (std::string x : {"", "127.0.0.1", "127.0.0.1:0", "unix:/x/y", "x:1",
                        "127.0.0.1:65536", "127.0.0.1:1,"}) {
    CAPTURE(x);
    CHECK(error_with(&cluster_options::listen, x)
          == "cluster-listen is not an IP address and a port");
  }
  CHECK(error_with(&cluster_options::listen, std::string{"[::1]:1"}) == "");
}

TEST_CASE("A member is a name, an address and a port.") {
  for (std::string x : {"a", "@", "a@", "a@127.0.0.1", "a@127.0.0.1:0",
                        "a@unix:/x/y", "@127.0.0.1:1", "a@b@127.0.0.1:1",
                        "a@127.0.0.1:1@", "127.0.0.1:1", "a@ 127.0.0.1:1"}) {
    CAPTURE(x);
    CHECK(error_of_members(x) == "cluster \"" + x + "\" is not NAME@ADDR:PORT");
    CHECK(error_of_members("c@127.0.0.1:2," + x + ",d@127.0.0.1:3")
          == "cluster \"" + x + "\" is not NAME@ADDR:PORT");
  }
  CHECK(error_of_members(",a@127.0.0.1:1")
        == "cluster \"\" is not NAME@ADDR:PORT");
  CHECK(error_of_members("a@127.0.0.1:1,,c@127.0.0.1:1")
        == "cluster \"\" is not NAME@ADDR:PORT");
}

TEST_CASE("No two members have one name.") {
  CHECK(error_of_members("a@127.0.0.1:1,c@127.0.0.1:2,a@127.0.0.1:3")
        == "cluster names a twice");
  CHECK(error_of_members("b@127.0.0.1:1,b@127.0.0.1:2")
        == "cluster names b twice");
}

TEST_CASE("No two members have one address.") {
  CHECK(error_of_members("a@127.0.0.1:1,c@127.0.0.1:2,d@127.0.0.1:1")
        == "cluster has a and d both at 127.0.0.1:1");
  CHECK(error_of_members("a@127.0.0.1:1,b@127.0.0.1:1")
        == "cluster has a and b both at 127.0.0.1:1");
  // Where this node listens is its address if it is not in the list.
  CHECK(error_of_members("a@127.0.0.1:4001")
        == "cluster has a and b both at 127.0.0.1:4001");
}

TEST_CASE("So many members, and no more.") {
  std::string others;
  for (std::size_t i = 1; i < limits::cluster_members_max; ++i)
    others += "n" + std::to_string(i) + "@127.0.0.1:" + std::to_string(i) + ',';
  CHECK(error_of_members(others + "b@127.0.0.1:4001") == "");
  constexpr auto expected = "cluster has 65 members; cluster_members_max is 64";
  CHECK(error_of_members(others + "more@127.0.0.1:4002") == expected);
  CHECK(error_of_members(others + "more@127.0.0.1:4002,b@127.0.0.1:4001")
        == expected);
}

// -- whom to trust ------------------------------------------------------------

TEST_CASE("Without certificates nodes are on loopback.") {
  constexpr auto expected
    = "cluster-listen is not on loopback: nodes need certificates, or "
      "cluster-insecure where nobody else reaches the port";
  for (std::string x :
       {"127.0.0.1:1", "127.255.0.9:1", "localhost:1", "[::1]:1"}) {
    CAPTURE(x);
    CHECK(error_with(&cluster_options::listen, x) == "");
  }
  for (std::string x : {"*:1", "0.0.0.0:1", "10.0.0.1:1", "126.0.0.1:1",
                        "[::]:1", "[::2]:1", "[fe80::1]:1"}) {
    CAPTURE(x);
    auto options = valid();
    options.listen = x;
    CHECK(error_of(options) == expected);
    options.is_insecure = true;
    CHECK(error_of(options) == "");
    options.is_insecure = false;
    options.certificate = options.key = options.authority = any_file;
    CHECK(error_of(options) == "");
  }
}

TEST_CASE("Certificate, key and authority belong together.") {
  for (auto given = 0; given < 8; ++given) {
    CAPTURE(given);
    auto x = valid();
    x.certificate = (given & 1) != 0 ? any_file : "";
    x.key = (given & 2) != 0 ? any_file : "";
    x.authority = (given & 4) != 0 ? any_file : "";
    CHECK(x.has_tls() == ((given & 1) != 0));
    auto expected
      = given == 0 || given == 7
          ? ""
          : "cluster-certificate, cluster-key and cluster-ca belong together";
    CHECK(error_of(x) == expected);
    // Nor does it help to be careless.
    x.is_insecure = true;
    CHECK(error_of(x) == expected);
  }
}

TEST_CASE("Each of the three files is there.") {
  for (auto member : {&cluster_options::certificate, &cluster_options::key,
                      &cluster_options::authority}) {
    auto x = valid();
    x.certificate = x.key = x.authority = any_file;
    x.*member = "/nowhere/at/all.pem";
    CHECK(error_of(x)
          == "cluster-certificate, cluster-key or cluster-ca: cannot read "
             "\"/nowhere/at/all.pem\"");
  }
}

} // namespace
