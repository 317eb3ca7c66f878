#pragma once

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/actors/application.hpp"
#include "troupe/actors/listener.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace troupe::test {

/// Why connection actors have ended, in that order. It must outlive them.
using endings = std::vector<std::string>;

/// Has `self` tell `log` why it ends.
template <class Actor>
void report_end(Actor* self, endings& log) {
  self->attach_functor(
    [&log](const caf::error& reason) { log.push_back(describe(reason)); });
}

/// Any address of this machine.
inline endpoint loopback(std::uint16_t port = 0) {
  endpoint result;
  result.address = {127, 0, 0, 1};
  result.port = port;
  return result;
}

/// Listens in the simulated world and answers where.
template <class Codec, class F>
endpoint serve(sim_system& where, F start, const listen_options& how = {},
               const typename Codec::options& codec_options = {}) {
  connection_factory_ptr factory{
    new application<Codec, F>(std::move(start), codec_options)};
  auto bound = listen(where.actors(), loopback(), std::move(factory), how);
  REQUIRE(bound);
  return *bound;
}

/// Once all is done, nobody is charged for anything that is still there.
inline void check_nothing_left(sim_system& where) {
  REQUIRE(where.run_until_idle());
  auto left = where.usage();
  CHECK(left.connections == 0);
  CHECK(left.memory_bytes == 0);
  CHECK(left.queued_messages == 0);
}

/// Sends each frame back.
template <class Codec>
auto echo() {
  return [](connection_of<Codec>* self) -> caf::behavior {
    return {[=](typename Codec::frame& x) { self->write(std::move(x)); }};
  };
}

} // namespace troupe::test
