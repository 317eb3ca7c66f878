// Shows: a server whose clients meet. Rooms are shared actors; two formats,
// protobuf and plain lines, reach the same ones. docs/chat.md has the formats.
//
//     troupe-chat-server --listen=127.0.0.1:4711 --listen-lines=127.0.0.1:4712
//     troupe-chat --server=127.0.0.1:4711 --nick=alice --room=tea
//     nc 127.0.0.1 4712
//
// And on many machines, of which each has some of the rooms: docs/cluster.md.
//
// To read on: peer_behavior.cpp is what a connection does, session.hpp what a
// client may do, lobby.hpp, relay.hpp and room.hpp are the shared actors,
// audience.hpp is how one event reaches many.

#include <string>

#include "troupe/actors/server.hpp"
#include "troupe/cluster/cluster.hpp"
#include "troupe/examples/chat/lobby.hpp"
#include "troupe/examples/chat/peer_behavior.hpp"
#include "troupe/examples/chat/room.hpp"
#include "troupe/examples/chat/room_messages.hpp"
#include "troupe/examples/chat/rules.hpp"

int main(int argc, char** argv) {
  std::string listen_lines;
  troupe::server_options options;
  options.add(listen_lines, "listen-lines",
              "ADDR:PORT to listen on for plain lines; none unless told");
  troupe::cluster_options cluster_options;
  troupe::cluster::prepare(options, cluster_options, chat::add_room_messages);
  troupe::server server{argc, argv, options};
  troupe::cluster nodes{server, cluster_options};
  nodes.serve("room", [&](troupe::ownership own) {
    return chat::spawn_room(server.system(), std::move(own));
  });
  auto lobby = chat::spawn_lobby(nodes);
  server.listen<chat::envelope_codec>(
    [lobby](auto* self) { return chat::serve_envelopes(self, lobby); },
    {.name = "envelopes"}, {.bytes_max = chat::limits::frame_bytes_max});
  if (!listen_lines.empty())
    server.listen_on<troupe::line_codec>(
      listen_lines,
      [lobby](auto* self) { return chat::serve_lines(self, lobby); },
      {.name = "lines"});
  return server.run();
}
