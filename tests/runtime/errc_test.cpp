#include "troupe/runtime/errc.hpp"

#include <set>

#include "caf/error.hpp"
#include "caf/exit_reason.hpp"
#include "caf/make_message.hpp"
#include "caf/sec.hpp"

#include <doctest/doctest.h>

namespace {

using namespace troupe;

constexpr errc all[] = {
  errc::none,
  errc::end_of_stream,
  errc::protocol_violation,
  errc::socket_failed,
  errc::peer_not_reading,
  errc::idle_timeout,
  errc::frame_timeout,
  errc::connect_failed,
  errc::handler_threw,
  errc::unhandled_frame,
  errc::unencodable_frame,
  errc::mailbox_full,
  errc::stage_full,
  errc::helpers_full,
  errc::too_many_connections,
  errc::move_refused,
  errc::memory_full,
  errc::denied,
  errc::destroyed,
  errc::draining,
  errc::drain_deadline,
  errc::invalid_option,
  errc::node_lost,
  errc::link_full,
  errc::too_late,
  errc::unknown_name,
  errc::not_owner,
  errc::no_quorum,
  errc::too_many_names,
};

TEST_CASE("Every reason has a name of its own.") {
  std::set<std::string> names;
  for (auto x : all) {
    auto name = to_string(x);
    CHECK(name != "unknown");
    CHECK(names.insert(name).second);
  }
  CHECK(to_string(errc::end_of_stream) == "end_of_stream");
  auto next = static_cast<errc>(static_cast<int>(all[std::size(all) - 1]) + 1);
  CHECK(to_string(next) == "unknown");
}

TEST_CASE("An error knows its reason and its detail.") {
  for (auto x : all) {
    if (x == errc::none)
      continue;
    CHECK(is(make_error(x), x));
    CHECK_FALSE(is(make_error(x), errc::none));
    CHECK(describe(make_error(x)) == to_string(x));
    CHECK(describe(make_error(x, "because")) == to_string(x) + ": because");
  }
  CHECK_FALSE(make_error(errc::none));
  CHECK_FALSE(is(caf::make_error(caf::sec::request_timeout),
                 static_cast<errc>(caf::sec::request_timeout)));
}

TEST_CASE("CAF's own reasons are described, too.") {
  CHECK(describe({}) == "normal");
  CHECK(describe(caf::make_error(caf::exit_reason::kill)) == "kill");
  CHECK(describe(caf::make_error(caf::sec::request_timeout))
        == "request_timeout");
  auto with_text = caf::make_error(caf::sec::runtime_error, "it broke");
  CHECK(describe(with_text).find("runtime_error") == 0);
  CHECK(describe(with_text).find("it broke") != std::string::npos);
  caf::error other{7, caf::atom("other"), caf::make_message("text")};
  CHECK_FALSE(describe(other).empty());
}

} // namespace
