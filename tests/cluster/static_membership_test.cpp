#include "troupe/cluster/static_membership.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "troupe/tests/support/seed.hpp"

namespace {

using namespace troupe;

using names = std::vector<std::string>;
using pair_of_names = std::pair<std::string, std::string>;

constexpr std::uint64_t takeover_ns = 1'000;

names names_of(const std::vector<member>& members) {
  names result;
  for (auto& x : members)
    result.push_back(x.name);
  return result;
}

/// Nodes, the links between them, and what each makes of that. All hear at
/// once of what happens.
class mesh {
public:
  explicit mesh(names all) : all_(std::move(all)) {
    for (auto& x : all_)
      start(x, 1);
  }

  void start(const std::string& name, std::uint64_t incarnation) {
    member self{name, incarnation};
    incarnations_[name] = incarnation;
    nodes_[name] = std::make_unique<static_membership>(self, all_, takeover_ns);
  }

  void connect(const std::string& a, const std::string& b) {
    links_.insert(std::minmax(a, b));
    at(a).reached({b, incarnations_[b]}, now_ns_);
    at(b).reached({a, incarnations_[a]}, now_ns_);
    settle();
  }

  void cut(const std::string& a, const std::string& b) {
    links_.erase(std::minmax(a, b));
    at(a).lost(b, now_ns_);
    at(b).lost(a, now_ns_);
    settle();
  }

  /// All links there can be.
  std::vector<pair_of_names> pairs() const {
    std::vector<pair_of_names> result;
    for (auto& a : all_)
      for (auto& b : all_)
        if (a < b)
          result.emplace_back(a, b);
    return result;
  }

  void connect_all() {
    for (auto& [a, b] : pairs())
      if (!links_.contains({a, b}))
        connect(a, b);
  }

  /// The same, and what is departing is gone.
  void join_all() {
    connect_all();
    advance(takeover_ns);
  }

  /// Cuts each link between one of `part` and somebody else.
  void cut_off(const names& part) {
    auto is_in = [&](const std::string& x) {
      return std::find(part.begin(), part.end(), x) != part.end();
    };
    for (auto& [a, b] : pairs())
      if (is_in(a) != is_in(b) && links_.contains({a, b}))
        cut(a, b);
  }

  void advance(std::uint64_t ns) {
    now_ns_ += ns;
    settle();
  }

  static_membership& at(const std::string& name) {
    return *nodes_.at(name);
  }

  const cluster_view& view(const std::string& name) {
    return *at(name).view();
  }

  names live(const std::string& name) {
    return names_of(view(name).live);
  }

  names departing(const std::string& name) {
    return names_of(view(name).departing);
  }

private:
  /// Each tells those that it has links with about all of them.
  void settle() {
    for (auto& from : all_) {
      std::vector<member> reachable{{from, incarnations_[from]}};
      for (auto& to : all_)
        if (links_.contains(std::minmax(from, to)))
          reachable.push_back({to, incarnations_[to]});
      for (std::size_t i = 1; i < reachable.size(); ++i)
        at(reachable[i].name).reported(from, reachable, now_ns_);
    }
    for (auto& x : all_) {
      auto before = at(x).view();
      auto is_new = at(x).advance(now_ns_);
      CHECK(is_new == (at(x).view() != before));
      CHECK(at(x).view()->number == before->number + (is_new ? 1 : 0));
      CHECK_FALSE(at(x).advance(now_ns_));
    }
  }

  const names all_;
  std::map<std::string, std::unique_ptr<static_membership>> nodes_;
  std::map<std::string, std::uint64_t> incarnations_;
  std::set<pair_of_names> links_;
  std::uint64_t now_ns_ = 0;
};

const names three = {"a", "b", "c"};
const names five = {"a", "b", "c", "d", "e"};

struct connected_three : mesh {
  connected_three() : mesh(three) {
    join_all();
  }
};

struct connected_five : mesh {
  connected_five() : mesh(five) {
    join_all();
  }
};

void check_all_see_all(mesh& nodes, const names& all) {
  for (auto& x : all) {
    CAPTURE(x);
    CHECK(nodes.live(x) == all);
    CHECK(nodes.departing(x).empty());
    CHECK(nodes.view(x).has_quorum);
  }
}

// -- startup ------------------------------------------------------------------

TEST_CASE("The majority is more than half.") {
  names all;
  for (auto expected : std::vector<std::size_t>{1, 2, 2, 3, 3, 4}) {
    all.push_back("n" + std::to_string(all.size()));
    CHECK(static_membership({"n0", 1}, all, 1).quorum() == expected);
  }
}

TEST_CASE("Who is alone is the majority at once.") {
  static_membership uut{{"a", 7}, {"a"}, takeover_ns};
  CHECK(uut.view()->has_quorum);
  CHECK(uut.view()->live == std::vector<member>{{"a", 7}});
  CHECK_FALSE(uut.advance(1'000'000));
}

TEST_CASE("At first each knows itself only, and owns nothing.") {
  mesh nodes{three};
  for (auto& x : three) {
    CHECK(nodes.live(x) == names{x});
    CHECK_FALSE(nodes.view(x).has_quorum);
  }
}

TEST_CASE("The members' order in the list does not matter.") {
  static_membership uut{{"b", 1}, {"c", "a", "b"}, takeover_ns};
  uut.reached({"c", 1}, 0);
  uut.reached({"a", 1}, 0);
  CHECK(uut.advance(0));
  CHECK(names_of(uut.view()->live) == three);
}

TEST_CASE("Three nodes find each other in any order.") {
  auto order = mesh{three}.pairs();
  std::sort(order.begin(), order.end());
  do {
    mesh nodes{three};
    for (auto& [a, b] : order)
      nodes.connect(a, b);
    nodes.advance(takeover_ns);
    check_all_see_all(nodes, three);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("Five nodes find each other in any order, too.") {
  std::mt19937_64 random{test::seed()};
  auto order = mesh{five}.pairs();
  for (auto round = 0; round < 200; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    mesh nodes{five};
    std::map<std::string, std::size_t> links;
    for (auto& [a, b] : order) {
      nodes.connect(a, b);
      ++links[a];
      ++links[b];
      for (auto& x : five)
        CHECK(nodes.view(x).has_quorum == (links[x] >= 2));
    }
    // Whom the first to arrive has missed is live as soon as others see it.
    nodes.advance(takeover_ns);
    check_all_see_all(nodes, five);
  }
}

TEST_CASE("Whom others reach is live when there was time for a link.") {
  static_membership uut{{"a", 1}, three, takeover_ns};
  uut.reached({"b", 1}, 0);
  uut.reported("b", {{"b", 1}, {"a", 1}, {"c", 1}}, 0);
  CHECK(uut.advance(takeover_ns - 1));
  CHECK(names_of(uut.view()->live) == names{"a", "b"});
  // Another one of its name has to wait anew.
  uut.reported("b", {{"b", 1}, {"a", 1}, {"c", 2}}, takeover_ns - 1);
  CHECK_FALSE(uut.advance(2 * takeover_ns - 2));
  CHECK(uut.advance(2 * takeover_ns - 1));
  CHECK(uut.view()->live == std::vector<member>{{"a", 1}, {"b", 1}, {"c", 2}});
}

// -- what fails ---------------------------------------------------------------

TEST_CASE_FIXTURE(connected_five, "A link that is cut changes nothing.") {
  auto before = view("a").number;
  cut("a", "b");
  advance(10 * takeover_ns);
  check_all_see_all(*this, five);
  CHECK(view("a").number == before);
  // Nor does another one.
  cut("a", "c");
  check_all_see_all(*this, five);
  CHECK(view("a").number == before);
}

TEST_CASE_FIXTURE(connected_three, "Nor does it among three.") {
  cut("a", "b");
  advance(10 * takeover_ns);
  check_all_see_all(*this, three);
  connect("a", "b");
  check_all_see_all(*this, three);
}

TEST_CASE_FIXTURE(connected_five, "Who has lost three of four is gone.") {
  cut("a", "b");
  cut("a", "c");
  cut("a", "d");
  // It still reaches e, which still reaches it, but is outvoted.
  for (auto x : {"b", "c", "d", "e"}) {
    CAPTURE(x);
    CHECK(live(x) == names{"b", "c", "d", "e"});
    CHECK(view(x).has_quorum);
  }
  CHECK_FALSE(view("a").has_quorum);
}

TEST_CASE_FIXTURE(connected_five,
                  "A minority keeps its view, and may own nothing.") {
  cut_off({"a", "b"});
  advance(10 * takeover_ns);
  for (auto x : {"a", "b"}) {
    CAPTURE(x);
    CHECK(live(x) == five);
    CHECK_FALSE(view(x).has_quorum);
  }
  for (auto x : {"c", "d", "e"}) {
    CAPTURE(x);
    CHECK(live(x) == names{"c", "d", "e"});
    CHECK(view(x).has_quorum);
  }
  join_all();
  check_all_see_all(*this, five);
}

TEST_CASE_FIXTURE(connected_three, "A minority of one does, too.") {
  cut_off({"b"});
  CHECK(live("b") == three);
  CHECK_FALSE(view("b").has_quorum);
  CHECK(live("a") == names{"a", "c"});
  CHECK(live("c") == names{"a", "c"});
  connect("a", "b");
  connect("b", "c");
  advance(takeover_ns);
  check_all_see_all(*this, three);
}

TEST_CASE("Of two nodes neither goes on alone.") {
  mesh nodes{{"a", "b"}};
  nodes.connect("a", "b");
  check_all_see_all(nodes, {"a", "b"});
  nodes.cut("a", "b");
  for (auto x : {"a", "b"}) {
    CHECK(nodes.live(x) == names{"a", "b"});
    CHECK_FALSE(nodes.view(x).has_quorum);
  }
}

TEST_CASE("Half of four nodes is no majority.") {
  names four{"a", "b", "c", "d"};
  mesh nodes{four};
  nodes.connect_all();
  nodes.cut_off({"a", "b"});
  for (auto& x : four) {
    CHECK(nodes.live(x) == four);
    CHECK_FALSE(nodes.view(x).has_quorum);
  }
}

TEST_CASE_FIXTURE(connected_three, "Who has left departs for a while.") {
  cut_off({"b"});
  CHECK(departing("a") == names{"b"});
  CHECK(view("a").departing[0].incarnation == 1);
  advance(takeover_ns - 1);
  CHECK(departing("a") == names{"b"});
  advance(1);
  CHECK(departing("a").empty());
  CHECK(live("a") == names{"a", "c"});
  CHECK(view("a").has_quorum);
}

TEST_CASE_FIXTURE(connected_three, "Who leaves again departs again.") {
  cut_off({"b"});
  advance(takeover_ns / 2);
  connect_all();
  CHECK(live("a") == three);
  advance(takeover_ns / 4);
  cut_off({"b"});
  advance(takeover_ns - 1);
  CHECK(departing("a") == names{"b"});
  advance(1);
  CHECK(departing("a").empty());
}

TEST_CASE_FIXTURE(connected_three, "Who is restarted is another member.") {
  cut_off({"b"});
  advance(10 * takeover_ns);
  start("b", 2);
  CHECK_FALSE(view("b").has_quorum);
  join_all();
  check_all_see_all(*this, three);
  CHECK(view("a").live[1] == member{"b", 2});
}

TEST_CASE_FIXTURE(connected_three, "Who is restarted at once departs, too.") {
  start("b", 2);
  // They have not noticed that the links had gone.
  connect("a", "b");
  CHECK(view("a").live == std::vector<member>{{"a", 1}, {"b", 2}, {"c", 1}});
  CHECK(view("a").departing == std::vector<member>{{"b", 1}});
  connect("b", "c");
  advance(takeover_ns);
  check_all_see_all(*this, three);
}

TEST_CASE_FIXTURE(connected_three, "Reports of who is not reached are void.") {
  cut("a", "c");
  at("a").reported("c", {{"c", 1}}, 0);
  CHECK_FALSE(at("a").advance(0));
  CHECK(live("a") == three);
}

TEST_CASE_FIXTURE(connected_three, "Strangers do not become members.") {
  at("a").reached({"x", 1}, 0);
  at("a").reported("x", {{"x", 1}, {"a", 1}}, 0);
  at("a").advance(0);
  CHECK(live("a") == three);
}

TEST_CASE_FIXTURE(connected_five, "Views never change once they are given.") {
  auto before = at("c").view();
  cut_off({"a"});
  CHECK(names_of(before->live) == five);
  CHECK(at("c").view() != before);
}

} // namespace
