#include "troupe/cluster/payer_names.hpp"

#include <map>
#include <string>

#include <doctest/doctest.h>

#include "troupe/cluster/limits.hpp"
#include "troupe/tests/support/log_capture.hpp"

namespace {

using namespace troupe;

struct fixture {
  /// As a user does in a configuration file.
  resource_container_ptr configure(const std::string& path) {
    auto slash = path.find_last_of('/');
    auto parent = slash == path.npos ? tree.root()
                                     : configured.at(path.substr(0, slash));
    auto name = slash == path.npos ? path : path.substr(slash + 1);
    return configured[path] = tree.make(parent, name);
  }

  payer_names make_uut() {
    return {tree, [this](const std::string& path) -> resource_container_ptr {
              auto found = configured.find(path);
              return found == configured.end() ? nullptr : found->second;
            }};
  }

  test::log_capture log;
  resource_tree tree{1};
  std::map<std::string, resource_container_ptr> configured;
};

// -- what one is called -------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "The runtime's own has no name.") {
  auto uut = make_uut();
  CHECK(uut.name_of(*tree.root()) == "");
  CHECK(uut.name_of(*tree.system()) == "");
  CHECK(uut.name_of(*tree.polling()) == "");
  auto part = tree.make(tree.system(), "cluster");
  CHECK(uut.name_of(*part) == "");
}

TEST_CASE_FIXTURE(fixture, "What a user has named is called so.") {
  configure("tenants");
  auto gold = configure("tenants/gold");
  auto uut = make_uut();
  CHECK(uut.name_of(*gold) == "tenants/gold");
  CHECK(uut.name_of(*configured.at("tenants")) == "tenants");
}

TEST_CASE_FIXTURE(fixture, "What is below it is called the same.") {
  configure("tenants");
  auto gold = configure("tenants/gold");
  auto uut = make_uut();
  auto peer = tree.make(gold, "127.0.0.1:4711");
  auto below = tree.make(peer, "job");
  CHECK(uut.name_of(*peer) == "tenants/gold");
  CHECK(uut.name_of(*below) == "tenants/gold");
}

TEST_CASE_FIXTURE(fixture, "Else the topmost gives its name.") {
  auto uut = make_uut();
  auto listener = tree.make(tree.root(), "chat");
  auto peer = tree.make(tree.make(listener, "10.0.0.0/8"), "10.0.0.1:4711");
  CHECK(uut.name_of(*peer) == "chat");
  CHECK(uut.name_of(*listener) == "chat");
}

TEST_CASE_FIXTURE(fixture, "A name is remembered for one, not for another.") {
  auto uut = make_uut();
  auto first = tree.make(tree.root(), "a");
  CHECK(uut.name_of(*first) == "a");
  first = nullptr;
  auto second = tree.make(tree.root(), "b");
  CHECK(uut.name_of(*second) == "b");
}

TEST_CASE_FIXTURE(fixture, "Names that are forgotten are found again.") {
  auto uut = make_uut();
  auto gold = configure("gold");
  for (std::size_t i = 0; i < 2 * limits::remote_payers_max + 1; ++i) {
    auto peer = tree.make(gold, std::to_string(i));
    CHECK(uut.name_of(*peer) == "gold");
  }
  CHECK(uut.name_of(*gold) == "gold");
}

TEST_CASE_FIXTURE(fixture, "A name that is too long is cut.") {
  auto uut = make_uut();
  std::string longest(limits::payer_bytes_max, 'x');
  CHECK(uut.name_of(*tree.make(tree.root(), longest)) == longest);
  CHECK(uut.name_of(*tree.make(tree.root(), longest + 'x')) == longest);
}

// -- who pays -----------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "What others have caused is paid under remote.") {
  auto uut = make_uut();
  auto gold = uut.payer_of("tenants/gold");
  CHECK(gold->path() == "/remote/tenants/gold");
  CHECK(gold->parent()->path() == "/remote");
  CHECK(uut.payer_of("tenants/gold") == gold);
  CHECK(uut.payer_of("tenants/silver") != gold);
  CHECK(log.count("remote_payer") == 2);
}

TEST_CASE_FIXTURE(fixture, "What nobody has caused is paid by remote itself.") {
  auto uut = make_uut();
  CHECK(uut.payer_of("")->path() == "/remote");
  CHECK(log.text() == "");
}

TEST_CASE_FIXTURE(fixture, "What a user has named under remote is found.") {
  auto remote = configure("remote");
  auto gold = configure("remote/gold");
  auto uut = make_uut();
  CHECK(uut.payer_of("") == remote);
  CHECK(uut.payer_of("gold") == gold);
  CHECK(uut.payer_of("silver")->parent() == remote);
}

TEST_CASE_FIXTURE(fixture, "Sent on, it keeps its name.") {
  auto uut = make_uut();
  auto gold = uut.payer_of("tenants/gold");
  CHECK(uut.name_of(*gold) == "tenants/gold");
  auto below = tree.make(uut.payer_of("chat"), "job");
  CHECK(uut.name_of(*below) == "chat/job");
}

TEST_CASE_FIXTURE(fixture, "So many are made, further ones share.") {
  auto uut = make_uut();
  auto remote = uut.payer_of("");
  for (std::size_t i = 0; i < limits::remote_payers_max; ++i)
    CHECK(uut.payer_of(std::to_string(i)) != remote);
  CHECK(uut.payer_of("one more") == remote);
  CHECK(uut.payer_of("0")->path() == "/remote/0");
}

TEST_CASE_FIXTURE(fixture, "Who was destroyed remains so.") {
  auto uut = make_uut();
  uut.payer_of("bad")->destroy("for a test");
  CHECK(uut.payer_of("bad")->is_destroyed());
}

} // namespace
