#include "troupe/actors/path_matcher.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/runtime/resource_tree.hpp"

namespace {

using namespace troupe;

TEST_CASE("A path is that of those whose names make it.") {
  resource_tree tree{1};
  auto gold = tree.make(tree.root(), "gold");
  auto twin = tree.make(gold, "twin");
  auto other_twin = tree.make(gold, "twin");
  auto odd = tree.make(gold, "a/b");
  auto longer = tree.make(tree.root(), "golden");
  auto below = tree.make(longer, "x");
  using ids = std::vector<std::uint64_t>;
  auto found = [&](std::string_view path) {
    path_matcher uut{path};
    ids result;
    for (auto& x : tree.snapshot())
      if (uut.next(x.depth, x.name))
        result.push_back(x.id);
    return result;
  };
  CHECK(found("") == ids{tree.root()->id()});
  CHECK(found("/") == ids{tree.root()->id()});
  CHECK(found("gold") == ids{gold->id()});
  CHECK(found("/gold") == ids{gold->id()});
  CHECK(found("gold/a/b") == ids{odd->id()});
  CHECK(found("golden/x") == ids{below->id()});
  CHECK(found("gold/twin").size() == 2);
  for (auto* path :
       {"old", "goldx", "gol", "x", "gold/", "//gold", "gold//twin", "gold/x",
        "golden/twin", "twin", "gold/a", "/gold/"})
    CHECK(found(path).empty());
}

} // namespace
