// Checks layering and style of all sources: troupe-tidy SOURCE_ROOT

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "troupe/tests/tidy/rules.hpp"
#include "troupe/tests/tidy/source_file.hpp"

namespace fs = std::filesystem;

namespace {

constexpr const char* folders[] = {"codec", "runtime", "actors", "examples",
                                   "tests", "bench",   "tools"};

bool is_source(const fs::path& path) {
  auto extension = path.extension();
  return extension == ".hpp" || extension == ".cpp";
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s SOURCE_ROOT\n", argv[0]);
    return 2;
  }
  const fs::path root = argv[1];
  troupe::tidy::source_tree tree;
  for (auto* folder : folders) {
    if (!fs::exists(root / folder))
      continue;
    for (auto& entry : fs::recursive_directory_iterator{root / folder}) {
      if (!entry.is_regular_file() || !is_source(entry.path()))
        continue;
      std::ifstream in{entry.path(), std::ios::binary};
      std::string text{std::istreambuf_iterator<char>{in}, {}};
      auto path = entry.path().lexically_relative(root).generic_string();
      tree.try_emplace(path, path, text);
    }
  }
  auto findings = troupe::tidy::check(tree);
  for (auto& x : findings)
    std::printf("%s:%zu: %s\n", x.path.c_str(), x.line, x.rule.c_str());
  std::printf("%zu files, %zu findings\n", tree.size(), findings.size());
  return findings.empty() && !tree.empty() ? 0 : 1;
}
