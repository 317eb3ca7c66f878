// Shows: a server whose clients meet. Rooms are shared actors; two formats,
// protobuf and plain lines, reach the same ones. docs/chat.md has the formats.
//
//     troupe-chat-server --listen=127.0.0.1:4711 --listen-lines=127.0.0.1:4712
//     troupe-chat --server=127.0.0.1:4711 --nick=alice --room=tea
//     nc 127.0.0.1 4712
//
// To read on: peer_behavior.cpp is what a connection does, session.hpp what a
// client may do, lobby.hpp and room.hpp are the shared actors, audience.hpp is
// how one event reaches many.

#include <string>

#include "troupe/actors/server.hpp"
#include "troupe/examples/chat/lobby.hpp"
#include "troupe/examples/chat/peer_behavior.hpp"
#include "troupe/examples/chat/rules.hpp"

int main(int argc, char** argv) {
  std::string listen_lines;
  troupe::server_options options;
  options.add(listen_lines, "listen-lines",
              "ADDR:PORT to listen on for plain lines; none unless told");
  troupe::server server{argc, argv, options};
  auto lobby = chat::spawn_lobby(server.system());
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
