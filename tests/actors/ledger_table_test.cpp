#include "troupe/actors/ledger_table.hpp"

#include <sstream>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

constexpr std::uint64_t second = 1'000'000'000;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> result;
  for (std::string x; std::getline(in, x);)
    result.push_back(x);
  return result;
}

/// The words of the first line that begins with `name`, after any indentation.
std::vector<std::string> row(const std::string& text, const std::string& name) {
  for (auto& x : lines_of(text)) {
    std::istringstream in{x};
    std::vector<std::string> words;
    for (std::string word; in >> word;)
      words.push_back(word);
    if (!words.empty() && words[0] == name)
      return words;
  }
  return {};
}

struct fixture {
  resource_tree tree{1};
  ledger_table uut{tree};
};

TEST_CASE_FIXTURE(fixture, "There is a line for each resource container.") {
  auto tenant = tree.make(tree.root(), "tenant");
  auto leaf = tree.make(tenant, "127.0.0.1:4711");
  auto text = uut.render(second);
  auto lines = lines_of(text);
  REQUIRE(lines.size() == 13);
  CHECK(lines[0].find("resource container") == 0);
  CHECK(lines[1].find("process") == 0);
  CHECK(text.find("\n  tenant ") != std::string::npos);
  CHECK(text.find("\n    127.0.0.1:4711 ") != std::string::npos);
  CHECK(text.find("\n    polling ") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "Figures are what was used since the last time.") {
  auto a = tree.make(tree.root(), "a");
  auto b = tree.make(tree.root(), "b");
  a->publish({.cpu_ns = 300'000'000,
              .bytes_in = 2'000,
              .bytes_out = 4'000,
              .frames_in = 20,
              .frames_out = 40});
  b->publish({.cpu_ns = 100'000'000});
  auto text = uut.render(2 * second);
  // name, shares, cpu ms/s, cpu %, in/s, out/s (value and unit), frames/s, …
  auto words = row(text, "a");
  REQUIRE(words.size() >= 9);
  CHECK(words[1] == "100");
  CHECK(words[2] == "150.00");
  CHECK(words[3] == "75.0");
  CHECK(words[4] + words[5] == "1000B");
  CHECK(words[6] + words[7] == "2000B");
  CHECK(words[8] == "10");
  CHECK(row(text, "b")[3] == "25.0");
  CHECK(row(text, "process")[2] == "200.00");
  CHECK(row(text, "process")[3] == "100.0");
  a->publish({.cpu_ns = 50'000'000});
  text = uut.render(second);
  CHECK(row(text, "a")[2] == "50.00");
  CHECK(row(text, "a")[3] == "100.0");
  CHECK(row(text, "b")[2] == "0.00");
}

TEST_CASE_FIXTURE(fixture, "Gauges are shown as they are now.") {
  auto a = tree.make(tree.root(), "a");
  CHECK_FALSE(a->open_connection(0));
  CHECK_FALSE(a->open_connection(0));
  resource_usage held;
  held.memory_bytes = 25'000;
  a->publish(held);
  for (auto i = 0; i < 2; ++i) {
    auto words = row(uut.render(second), "a");
    REQUIRE(words.size() == 12);
    CHECK(words[9] == "2");
    CHECK(words[10] + words[11] == "25KB");
  }
}

TEST_CASE_FIXTURE(fixture, "Who used most comes first, the rest is one line.") {
  auto tenant = tree.make(tree.root(), "tenant");
  std::vector<resource_container_ptr> all;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    all.push_back(tree.make(tenant, "c" + std::to_string(i)));
    all.back()->publish({.cpu_ns = i * 1'000'000, .frames_in = i});
    CHECK_FALSE(all.back()->open_connection(0));
  }
  auto text = uut.render(second, 3);
  auto at = [&](const char* name) { return text.find(name); };
  CHECK(at("    c10 ") < at("    c9 "));
  CHECK(at("    c9 ") < at("    c8 "));
  CHECK(at("    c8 ") < at("    … 7 more"));
  CHECK(at("    c7 ") == std::string::npos);
  auto rest = row(text, "…");
  // "…", "7", "more", cpu ms/s: 1 + 2 + … + 7
  REQUIRE(rest.size() >= 10);
  CHECK(rest[3] == "28.00");
  CHECK(rest[rest.size() - 3] == "7");
  auto whole = row(text, "tenant");
  CHECK(whole[2] == "55.00");
}

TEST_CASE_FIXTURE(fixture, "What is gone still counts in its parent.") {
  auto tenant = tree.make(tree.root(), "tenant");
  uut.render(second);
  tree.make(tenant, "gone")->publish({.cpu_ns = 7'000'000});
  auto text = uut.render(second);
  CHECK(row(text, "gone").empty());
  CHECK(row(text, "tenant")[2] == "7.00");
}

TEST_CASE_FIXTURE(fixture,
                  "A process that has done nothing has a table, too.") {
  auto text = uut.render(0);
  CHECK(row(text, "process")[2] == "0.00");
  CHECK(text.find("nan") == std::string::npos);
  CHECK(text.find("inf") == std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "Long names are cut, and columns stay in line.") {
  auto x = tree.make(tree.root(), std::string(100, 'x'));
  auto y = tree.make(tree.root(), "y");
  auto lines = lines_of(uut.render(second));
  for (auto& line : lines)
    CHECK(line.size() == lines[0].size());
}

} // namespace
