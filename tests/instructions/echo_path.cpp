// One frame of 64 bytes through echo: from when its bytes lie in the kernel
// until those of the answer do. A worker's round serves 16 connections.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/actors/behavior.hpp"
#include "troupe/codec/length_prefix.hpp"
#include "troupe/tests/instructions/counted_work.hpp"
#include "troupe/tests/instructions/quiet_world.hpp"
#include "troupe/tests/support/frame_traffic.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

constexpr std::size_t connections = 16;
constexpr std::size_t rounds = 100;

/// Each connection sends `in_flight` frames and gets them back, again and
/// again.
void echo_frames(std::size_t in_flight) {
  log_capture log{log_level::warning};
  sim_system sys{1, quiet_world()};
  auto at = serve<length_prefix_codec>(sys, [](auto* self) -> behavior {
    return {[=](length_prefix_codec::frame& x) { self->write(std::move(x)); }};
  });
  std::string frames;
  for (std::size_t i = 0; i < in_flight; ++i)
    frames += length_prefixed(std::string(60, 'x'));
  std::vector<sim_peer> peers;
  for (std::size_t i = 0; i < connections; ++i)
    peers.push_back(sys.world().connect(at));
  counted_work counted;
  for (std::size_t i = 0; i < 2 * rounds; ++i) {
    for (auto& x : peers)
      x.send(frames);
    if (i < rounds)
      sys.run_until_idle();
    else
      counted.run(connections * in_flight, [&] { sys.run_until_idle(); });
    for (auto& x : peers)
      REQUIRE(x.take_received() == frames);
  }
}

TEST_SUITE("echo_1") {
  TEST_CASE("A frame comes back.") {
    echo_frames(1);
  }
}

TEST_SUITE("echo_16") {
  TEST_CASE("Sixteen frames that are read at once come back.") {
    echo_frames(16);
  }
}

} // namespace
