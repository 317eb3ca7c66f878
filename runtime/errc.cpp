#include "troupe/runtime/errc.hpp"

#include "caf/atom.hpp"
#include "caf/error.hpp"
#include "caf/exit_reason.hpp"
#include "caf/make_message.hpp"
#include "caf/sec.hpp"

#include "troupe/runtime/resource_container.hpp"

namespace troupe {

namespace {

constexpr auto category = caf::atom("troupe");

} // namespace

std::string to_string(errc code) {
  switch (code) {
    case errc::none:
      return "none";
    case errc::end_of_stream:
      return "end_of_stream";
    case errc::protocol_violation:
      return "protocol_violation";
    case errc::socket_failed:
      return "socket_failed";
    case errc::peer_not_reading:
      return "peer_not_reading";
    case errc::idle_timeout:
      return "idle_timeout";
    case errc::frame_timeout:
      return "frame_timeout";
    case errc::connect_failed:
      return "connect_failed";
    case errc::handler_threw:
      return "handler_threw";
    case errc::unhandled_frame:
      return "unhandled_frame";
    case errc::unencodable_frame:
      return "unencodable_frame";
    case errc::mailbox_full:
      return "mailbox_full";
    case errc::stage_full:
      return "stage_full";
    case errc::helpers_full:
      return "helpers_full";
    case errc::too_many_connections:
      return "too_many_connections";
    case errc::move_refused:
      return "move_refused";
    case errc::memory_full:
      return "memory_full";
    case errc::denied:
      return "denied";
    case errc::destroyed:
      return "destroyed";
    case errc::draining:
      return "draining";
    case errc::drain_deadline:
      return "drain_deadline";
    case errc::invalid_option:
      return "invalid_option";
    case errc::node_lost:
      return "node_lost";
    case errc::link_full:
      return "link_full";
    case errc::too_late:
      return "too_late";
    case errc::unknown_name:
      return "unknown_name";
    case errc::not_owner:
      return "not_owner";
    case errc::no_quorum:
      return "no_quorum";
    case errc::too_many_names:
      return "too_many_names";
  }
  return "unknown";
}

caf::error make_error(errc code, std::string detail) {
  if (code == errc::none)
    return {};
  return caf::error{static_cast<uint8_t>(code), category,
                    caf::make_message(std::move(detail))};
}

errc code_of(refusal why) noexcept {
  switch (why) {
    case refusal::none:
      return errc::none;
    case refusal::destroyed:
      return errc::destroyed;
    case refusal::denied:
      return errc::denied;
    case refusal::connections_max:
      return errc::too_many_connections;
    case refusal::queued_messages_max:
    case refusal::staged_messages_max:
      return errc::stage_full;
    case refusal::memory_max:
      return errc::memory_full;
  }
  return errc::none;
}

caf::error make_error(const refused& x) {
  if (x.why == refusal::destroyed)
    return make_error(errc::destroyed, x.by->destroyed_because());
  auto limit = x.limit > 0 ? " " + std::to_string(x.limit) : "";
  return make_error(code_of(x.why),
                    to_string(x.why) + limit + " of " + x.by->path());
}

bool is(const caf::error& reason, errc code) {
  return reason.category() == category
         && reason.code() == static_cast<uint8_t>(code);
}

bool is_regular_end(const caf::error& reason) {
  return is(reason, errc::end_of_stream) || is(reason, errc::draining);
}

std::string describe(const caf::error& reason) {
  if (!reason)
    return "normal";
  if (reason.category() == caf::atom("exit"))
    return to_string(static_cast<caf::exit_reason>(reason.code()));
  if (reason.category() == caf::atom("system"))
    return to_string(static_cast<caf::sec>(reason.code()))
           + (reason.context().empty() ? "" : caf::to_string(reason.context()));
  if (reason.category() != category)
    return caf::to_string(reason);
  auto text = to_string(static_cast<errc>(reason.code()));
  auto& context = reason.context();
  if (context.match_elements<std::string>()) {
    auto& detail = context.get_as<std::string>(0);
    if (!detail.empty())
      text += ": " + detail;
  }
  return text;
}

} // namespace troupe
