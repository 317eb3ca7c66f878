// One chat message to a room of 100: from when the bytes of the Say lie in the
// kernel until all members have been sent what was said. All of them speak
// protobuf.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/examples/chat/lobby.hpp"
#include "troupe/examples/chat/peer_behavior.hpp"
#include "troupe/examples/chat/room.hpp"
#include "troupe/tests/instructions/counted_work.hpp"
#include "troupe/tests/instructions/quiet_world.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_server.hpp"

#include "chat/chat.pb.h"

namespace {

using namespace troupe;
using namespace troupe::test;

constexpr std::size_t members = 100;

/// In which the room makes sure twice that all sessions keep up.
constexpr std::size_t rounds = 128;

template <class Command>
std::string frame_of(const Command& x) {
  return std::string{chat::envelope_codec::encode(x).text()};
}

endpoint serve_chat(sim_system& sys, cluster& nodes) {
  nodes.serve("room", [&](ownership own) {
    return chat::spawn_room(sys.actors(), std::move(own));
  });
  return serve<chat::envelope_codec>(sys, [lobby = chat::spawn_lobby(nodes)](
                                            auto* self) {
    return chat::serve_envelopes(self, lobby);
  });
}

sim_peer join(sim_system& sys, const endpoint& at, std::size_t number) {
  auto result = sys.world().connect(at);
  chat::Enter enter;
  enter.set_nickname("member" + std::to_string(number));
  chat::Join join;
  join.set_room("room");
  result.send(frame_of(enter) + frame_of(join));
  REQUIRE(sys.run_until_idle());
  return result;
}

TEST_SUITE("room_100") {
  TEST_CASE("What is said in a room of a hundred is told to all of them.") {
    log_capture log{log_level::warning};
    sim_system sys{1, quiet_world()};
    cluster nodes{sys.actors()};
    auto at = serve_chat(sys, nodes);
    std::vector<sim_peer> peers;
    for (std::size_t i = 0; i < members; ++i)
      peers.push_back(join(sys, at, i));
    for (auto& x : peers)
      x.take_received();
    chat::Say say;
    say.set_room("room");
    say.set_text(std::string(64, 'x'));
    chat::Said said;
    said.set_room("room");
    said.set_nickname("member0");
    said.set_text(say.text());
    counted_work counted;
    for (std::size_t i = 0; i < 2 * rounds; ++i) {
      peers.front().send(frame_of(say));
      if (i < rounds)
        sys.run_until_idle();
      else
        counted.run(1, [&] { sys.run_until_idle(); });
      said.set_sequence(i + 1);
      auto frame = frame_of(said);
      for (auto& x : peers)
        REQUIRE(x.take_received() == frame);
    }
  }
}

} // namespace
