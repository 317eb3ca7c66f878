#include "troupe/cluster/placement.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

constexpr auto names_count = 10'000;

const std::vector<member> five
  = {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}};

std::string name(int number) {
  return "room/" + std::to_string(number);
}

std::string owner(int number, const std::vector<member>& members) {
  return owner_of(name(number), members)->name;
}

TEST_CASE("Nobody owns anything without members.") {
  CHECK(owner_of("room/tea", {}) == nullptr);
}

TEST_CASE("A single member owns everything, also the empty name.") {
  std::vector<member> alone{{"a", 1}};
  CHECK(owner_of("room/tea", alone) == &alone[0]);
  CHECK(owner_of("", alone) == &alone[0]);
}

TEST_CASE("Each of five members owns about a fifth.") {
  std::map<std::string, int> owned;
  for (auto i = 0; i < names_count; ++i)
    ++owned[owner(i, five)];
  CHECK(owned.size() == five.size());
  for (auto& x : owned) {
    CAPTURE(x.first);
    CHECK(x.second > 1'800);
    CHECK(x.second < 2'200);
  }
}

TEST_CASE("Names of nodes and actors that hardly differ spread as well.") {
  std::vector<member> members;
  for (auto i = 0; i < 10; ++i)
    members.push_back({"node-" + std::to_string(i), 1});
  std::map<std::string, int> owned;
  for (auto i = 0; i < names_count; ++i)
    ++owned[owner(i, members)];
  CHECK(owned.size() == members.size());
  for (auto& x : owned) {
    CAPTURE(x.first);
    CHECK(x.second > 850);
    CHECK(x.second < 1'150);
  }
}

TEST_CASE("The owner depends neither on order nor on incarnations.") {
  auto others = five;
  std::reverse(others.begin(), others.end());
  for (auto& x : others)
    x.incarnation += 1'000;
  for (auto i = 0; i < names_count; ++i)
    CHECK(owner(i, five) == owner(i, others));
}

TEST_CASE("Who leaves moves its own names only, and gets them back.") {
  for (auto& gone : five) {
    CAPTURE(gone.name);
    auto rest = five;
    std::erase(rest, gone);
    std::map<std::string, int> moved;
    for (auto i = 0; i < names_count; ++i) {
      auto before = owner(i, five);
      auto after = owner(i, rest);
      if (before != gone.name)
        CHECK(after == before);
      else
        ++moved[after];
    }
    // Not all of them to one.
    CHECK(moved.size() == rest.size());
    for (auto& [who, count] : moved)
      CHECK(count > 400);
    rest.push_back({gone.name, gone.incarnation + 1});
    for (auto i = 0; i < names_count; ++i)
      CHECK(owner(i, rest) == owner(i, five));
  }
}

TEST_CASE("Where a name and a member meet makes a difference.") {
  std::vector<member> members{{"ab", 1}, {"a", 1}};
  auto differ = 0;
  for (auto i = 0; i < 100; ++i) {
    auto text = std::to_string(i);
    if (owner_of("b" + text, members) != owner_of(text, members))
      ++differ;
  }
  CHECK(differ > 20);
}

} // namespace
