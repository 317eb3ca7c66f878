#include "troupe/actors/ledger_path.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

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
  auto rows = tree.snapshot();
  using ids = std::vector<std::uint64_t>;
  auto found = [&](std::string_view path) {
    ids result;
    for (auto i : rows_of_path(rows, path))
      result.push_back(rows[i].id);
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
