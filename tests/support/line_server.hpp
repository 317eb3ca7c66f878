#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "troupe/actors/connection.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace troupe::test {

using line_connection = connection_of<line_codec>;

/// A server of lines in a world of its own, on two workers.
struct line_server {
  line_server() : log(log_level::debug), sys(2) {
    // nop
  }

  template <class F>
  endpoint serve_lines(F start, const listen_options& how = {}) {
    return serve<line_codec>(
      sys,
      [this, start](line_connection* self) -> caf::behavior {
        report_end(self, ended);
        return start(self);
      },
      how);
  }

  /// Serves on the bill of `payer`.
  template <class F>
  endpoint serve_for(const resource_container_ptr& payer, F start) {
    auto* classes = new classifier;
    address_prefix all;
    REQUIRE(parse_address_prefix("127.0.0.0/8", all).empty());
    REQUIRE(classes->add(all, payer));
    listen_options how;
    how.classes = classifier_ptr{classes};
    return serve_lines(start, how);
  }

  sim_peer connect(const endpoint& at) {
    auto result = sys.world().connect(at);
    REQUIRE(sys.run_until_idle());
    return result;
  }

  /// Sends `text` and answers what comes back.
  std::string ask(sim_peer peer, std::string_view text) {
    peer.send(text);
    REQUIRE(sys.run_until_idle());
    return peer.take_received();
  }

  log_capture log;
  endings ended;
  sim_system sys;
};

} // namespace troupe::test
