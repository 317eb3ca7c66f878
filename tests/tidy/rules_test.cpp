#include "troupe/tests/tidy/rules.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace troupe::tidy;

namespace {

/// Paths and texts of a tree that is otherwise in order.
using files = std::vector<std::pair<std::string, std::string>>;

/// Each finding as `path:line: rule`.
std::vector<std::string> findings_in(const files& xs) {
  source_tree tree;
  for (auto& [path, text] : xs)
    tree.try_emplace(path, path, text);
  std::vector<std::string> result;
  for (auto& x : check(tree))
    result.push_back(x.path + ":" + std::to_string(x.line) + ": " + x.rule);
  return result;
}

/// The one finding in `xs`, empty if there is none or more than one.
std::string finding_in(const files& xs) {
  auto all = findings_in(xs);
  return all.size() == 1 ? all[0] : std::string{};
}

std::string including(const std::string& name) {
  return "\n#include <" + name + ">\n";
}

std::string header_including(const std::string& name) {
  return "#pragma once\n" + including(name);
}

} // namespace

TEST_CASE("a tree in order has no findings") {
  CHECK(
    findings_in(
      {
        {"codec/line.hpp", "// About lines.\n\n#pragma once\n"},
        {"codec/line.cpp", "#include \"troupe/codec/line.hpp\"\n"},
        {"codec/protobuf.cpp", including("google/protobuf/message.h")},
        {"runtime/broker.cpp", including("troupe/codec/slice.hpp")},
        {"runtime/asio_poller.cpp", including("asio/io_context.hpp")},
        {"runtime/ledger.hpp", header_including("vector")},
        {"runtime/tsc_clock.cpp", "auto x = __rdtsc();\n"},
        {"actors/server.cpp", including("caf/behavior.hpp")
                                + "#include \"troupe/runtime/broker.hpp\"\n"},
        {"bench/echo.cpp",
         including("asio/io_context.hpp") + "#include <caf/behavior.hpp>\n"},
      })
      .empty());
}

TEST_CASE("codec includes neither runtime, nor actors, nor CAF") {
  for (auto* x :
       {"troupe/runtime/errc.hpp", "troupe/actors/server.hpp", "caf/fwd.hpp"})
    CHECK(finding_in({{"codec/line.cpp", including(x)}})
          == "codec/line.cpp:2: codec includes neither runtime, nor actors, "
             "nor CAF.");
}

TEST_CASE("runtime includes only two files of codec") {
  CHECK(
    finding_in({{"runtime/x.cpp", including("troupe/codec/line.hpp")}})
    == "runtime/x.cpp:2: runtime includes only slice.hpp and spare_list.hpp "
       "of codec.");
}

TEST_CASE("runtime does not include actors") {
  CHECK(finding_in({{"runtime/x.cpp", including("troupe/actors/server.hpp")}})
        == "runtime/x.cpp:2: runtime does not include actors.");
}

TEST_CASE("no library includes what stands above all") {
  for (auto* x : {"codec", "runtime", "actors"})
    CHECK(finding_in({{x + std::string{"/y.cpp"},
                       including("troupe/tests/support/seed.hpp")}})
          == x
               + std::string{"/y.cpp:2: A library includes nothing from above "
                             "it."});
}

TEST_CASE("Asio stands in runtime/asio_* only") {
  for (auto* x : {"codec/line.cpp", "runtime/broker.cpp", "actors/server.cpp"})
    CHECK(finding_in({{x, including("asio/io_context.hpp")}})
          == x + std::string{":2: Asio is included in runtime/asio_* only."});
}

TEST_CASE("protobuf stands in codec/protobuf* only") {
  for (auto* x : {"google/protobuf/message.h", "chat.pb.h"})
    CHECK(finding_in({{"actors/server.cpp", including(x)}})
          == "actors/server.cpp:2: Protobuf is included in codec/protobuf* "
             "only, and messages of actors in actors.");
  auto own = "troupe/actors/admin.pb.h";
  CHECK(findings_in({{"actors/admin.cpp", including(own)}}).empty());
  CHECK(findings_in({{"runtime/x.cpp", including(own)}}).size() == 1);
}

TEST_CASE("a file uses one of CAF, Asio and protobuf") {
  CHECK(
    finding_in({{"runtime/asio_poller.cpp", including("asio/io_context.hpp")
                                              + including("caf/behavior.hpp")}})
    == "runtime/asio_poller.cpp:4: A file uses one of CAF, Asio and "
       "protobuf.");
}

TEST_CASE("plain data reaches no CAF, no Asio and no clock") {
  auto rule = ":3: Plain data reaches no CAF, no Asio and no clock.";
  SUBCASE("directly") {
    for (auto* x : {"caf/fwd.hpp", "troupe/runtime/tsc_clock.hpp"})
      CHECK(finding_in({{"runtime/ledger.hpp", header_including(x)}})
            == std::string{"runtime/ledger.hpp"} + rule);
  }
  SUBCASE("through other headers") {
    CHECK(finding_in({
            {"runtime/ledger.hpp", header_including("troupe/runtime/a.hpp")},
            {"runtime/a.hpp", header_including("troupe/runtime/b.hpp")},
            {"runtime/b.hpp", header_including("caf/fwd.hpp")},
          })
          == std::string{"runtime/ledger.hpp"} + rule);
  }
  SUBCASE("though headers include each other") {
    CHECK(findings_in(
            {
              {"runtime/ledger.hpp", header_including("troupe/runtime/a.hpp")},
              {"runtime/a.hpp", header_including("troupe/runtime/ledger.hpp")},
            })
            .empty());
  }
}

TEST_CASE("time comes through the clock seam") {
  for (auto* x : {"std::chrono::steady_clock::now()", "clock_gettime(a, b)"}) {
    CHECK(finding_in(
            {{"actors/server.cpp", "\nauto t = " + std::string{x} + ";\n"}})
          == "actors/server.cpp:2: Time is an argument or comes through the "
             "clock seam.");
    CHECK(findings_in({{"tests/x.cpp", std::string{x} + ";\n"}}).empty());
  }
}

TEST_CASE("no file includes a whole library") {
  for (auto* x : {"caf/all.hpp", "asio.hpp"})
    CHECK(finding_in({{"tests/x.cpp", including(x)}})
          == "tests/x.cpp:2: The narrowest header is included, not the whole "
             "library.");
}

TEST_CASE("an include spells its folder") {
  auto quoting = [](const std::string& x) {
    return "#include \"" + x + "\"\n";
  };
  auto rule = ":1: An #include spells its folder: \"troupe/FOLDER/…\".";
  CHECK(finding_in({{"bench/x.cpp", quoting("y.hpp")}})
        == std::string{"bench/x.cpp"} + rule);
  CHECK(finding_in({{"codec/x.cpp", quoting("y.hpp")},
                    {"codec/y.hpp", "#pragma once\n"}})
        == std::string{"codec/x.cpp"} + rule);
  for (auto* x : {"troupe/codec/y.hpp", "caf/fwd.hpp", "y.pb.h"})
    CHECK(findings_in({{"bench/x.cpp", quoting(x)}}).empty());
  // Beside a test stands what only that test needs.
  CHECK(findings_in({{"tests/codec/x.cpp", quoting("y.hpp")},
                     {"tests/codec/y.hpp", "#pragma once\n"}})
          .empty());
}

TEST_CASE("a source includes its own header first") {
  CHECK(finding_in({
          {"codec/line.hpp", "#pragma once\n"},
          {"codec/line.cpp",
           "#include <span>\n#include \"troupe/codec/line.hpp\"\n"},
        })
        == "codec/line.cpp:1: A source includes its own header first.");
}

TEST_CASE("a header starts with #pragma once") {
  for (auto* x : {"", "int x;\n", "#include <span>\n#pragma once\n"})
    CHECK(findings_in({{"tests/x.hpp", x}}).front()
          == "tests/x.hpp:1: A header starts with #pragma once.");
}

TEST_CASE("a file is named by its noun") {
  for (auto* x : {"utils", "string_utils", "common", "helpers", "pool_manager"})
    CHECK(finding_in({{std::string{"codec/"} + x + ".cpp", "\n"}})
          == std::string{"codec/"} + x
               + ".cpp:1: A file is named by its noun, not utils, common, "
                 "helpers or manager.");
  CHECK(findings_in({{"runtime/helper_pool.cpp", "\n"}}).empty());
}

TEST_CASE("what is to do has a kind") {
  const std::string mark = "TO"
                           "DO";
  for (auto* x : {" later", "(me): later", ": later", "(perf) later"})
    CHECK(finding_in({{"tests/x.cpp", "\n// " + mark + x + "\n"}})
          == "tests/x.cpp:2: What is to do has a kind: perf, test or limit.");
  for (auto* x : {"(perf): later", "(test): later", "(limit): later"})
    CHECK(findings_in({{"tests/x.cpp", "// " + mark + x + "\n"}}).empty());
}

TEST_CASE("what is broken is not marked") {
  CHECK(finding_in({{"tests/x.cpp", "// FIX"
                                    "ME\n"}})
        == "tests/x.cpp:1: What is broken is fixed, not marked.");
}

TEST_CASE("a line has at most 80 columns, not bytes") {
  std::string wide;
  for (int i = 0; i < 80; ++i)
    wide += "…";
  CHECK(findings_in({{"tests/x.cpp", wide + "\n"}}).empty());
  CHECK(finding_in({{"tests/x.cpp", "\n" + wide + ".\n"}})
        == "tests/x.cpp:2: A line has at most 80 columns.");
}

TEST_CASE("there are no tabs") {
  CHECK(finding_in({{"tests/x.cpp", "\n\tint x;\n"}})
        == "tests/x.cpp:2: Indentation is spaces, not tabs.");
}

TEST_CASE("a file ends with a newline") {
  CHECK(finding_in({{"tests/x.cpp", "int x;\nint y;"}})
        == "tests/x.cpp:2: A file ends with a newline.");
}
