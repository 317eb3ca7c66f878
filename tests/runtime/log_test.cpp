#include "troupe/runtime/log.hpp"

#include <set>

#include <doctest/doctest.h>

#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;
using namespace std::string_view_literals;

TEST_CASE("Every level has a name.") {
  CHECK(to_string(log_level::debug) == "debug");
  CHECK(to_string(log_level::info) == "info");
  CHECK(to_string(log_level::warning) == "warning");
  CHECK(to_string(log_level::error) == "error");
  CHECK(to_string(static_cast<log_level>(4)) == "unknown");
}

TEST_CASE("A line is an event and its fields.") {
  log_capture lines;
  troupe::log(log_level::info, "something");
  troupe::log(log_level::error, "opened", {{"peer", "a"}, {"name", "b c"}});
  CHECK(lines.text() == "info something\nerror opened peer=a name=\"b c\"\n");
}

TEST_CASE("Plain words need no quotes, all else does.") {
  CHECK(quoted("plain") == "plain");
  CHECK(quoted("127.0.0.1:80") == "127.0.0.1:80");
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("two words") == "\"two words\"");
  CHECK(quoted("a=b") == "\"a=b\"");
  CHECK(quoted("say \"hi\"") == "\"say \\\"hi\\\"\"");
  CHECK(quoted("back\\slash") == "\"back\\\\slash\"");
}

TEST_CASE("Nothing that comes from a peer starts a line or a sequence.") {
  CHECK(quoted("a\r\nb") == "\"a\\x0d\\x0ab\"");
  CHECK(quoted("\x1b[2J") == "\"\\x1b[2J\"");
  CHECK(quoted("nul\0nul"sv) == "\"nul\\x00nul\"");
  CHECK(quoted("\x7f") == "\"\\x7f\"");
  for (auto i = 0; i < 256; ++i) {
    auto text = quoted(std::string{static_cast<char>(i)});
    for (auto x : text) {
      CHECK(x >= ' ');
      CHECK(x < 0x7f);
    }
  }
}

TEST_CASE("Lines below the threshold are not made.") {
  log_capture lines{log_level::warning};
  for (auto x : {log_level::debug, log_level::info, log_level::warning,
                 log_level::error})
    troupe::log(x, to_string(x));
  CHECK(lines.text() == "warning warning\nerror error\n");
  log_threshold(log_level::debug);
  troupe::log(log_level::debug, "now");
  CHECK(lines.has("debug now"));
}

TEST_CASE("On a worker, logging pays for itself.") {
  log_capture lines;
  sim_system sys;
  auto logging = [&] { return sys.usage(*sys.resources().logging()).cpu_ns; };
  auto before = logging();
  sys.on_worker(0, [](worker&) { troupe::log(log_level::info, "here"); });
  auto cost = logging() - before;
  CHECK(cost > 0);
  sys.on_worker(0, [](worker&) { troupe::log(log_level::debug, "not here"); });
  CHECK(logging() == before + cost);
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
}

} // namespace
