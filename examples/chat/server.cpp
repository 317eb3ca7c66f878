// Shows: a server whose clients meet. Rooms are shared actors; two formats,
// protobuf and plain lines, reach the same ones. docs/chat.md has the formats.
//
//     troupe-chat-server --listen=127.0.0.1:4711 --listen-lines=127.0.0.1:4712
//     troupe-chat --server=127.0.0.1:4711 --nick=alice --room=tea
//     nc 127.0.0.1 4712
//
// To read on: session.hpp is what a client may do, lobby.hpp and room.hpp are
// the shared actors, posting.hpp is how one event reaches many.

#include <memory>
#include <string>

#include "troupe/actors/server.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/codec/protobuf.hpp"
#include "troupe/examples/chat/lobby.hpp"
#include "troupe/examples/chat/room.hpp"
#include "troupe/examples/chat/rules.hpp"
#include "troupe/examples/chat/session.hpp"

#include "chat/chat.pb.h"

namespace {

void listen_for_envelopes(troupe::server& server, const caf::actor& lobby) {
  server.listen<troupe::protobuf_codec<chat::Envelope>>(
    [lobby](auto* self) -> troupe::behavior {
      auto peer = std::make_shared<chat::session>(
        self, lobby, [self](const chat::posting& x) { self->write(x.frame); });
      return {
        [peer](chat::Enter& x) { return peer->handle(x); },
        [peer](chat::Join& x) { return peer->handle(x); },
        [peer](chat::Leave& x) { return peer->handle(x); },
        [peer](chat::Say& x) { return peer->handle(x); },
        [peer](chat::List& x) { return peer->handle(x); },
        [peer](const chat::posting& x) { peer->tell(x); },
        [](const chat::catch_up&) {},
      };
    },
    {.name = "envelopes"}, {.bytes_max = chat::limits::frame_bytes_max});
}

void listen_for_lines(troupe::server& server, const caf::actor& lobby,
                      const std::string& address) {
  server.listen_on<troupe::line_codec>(
    address,
    [lobby](auto* self) -> troupe::behavior {
      auto peer = std::make_shared<chat::session>(
        self, lobby,
        [self](const chat::posting& x) { self->write(troupe::line{x.line}); });
      return {
        [peer](troupe::line& x) { return peer->handle(x.text()); },
        [peer](const chat::posting& x) { peer->tell(x); },
        [](const chat::catch_up&) {},
      };
    },
    {.name = "lines"});
}

} // namespace

int main(int argc, char** argv) {
  std::string listen_lines;
  troupe::server_options options;
  options.add(listen_lines, "listen-lines",
              "ADDR:PORT to listen on for plain lines; none unless told");
  troupe::server server{argc, argv, options};
  auto lobby = chat::spawn_lobby(server.system());
  listen_for_envelopes(server, lobby);
  if (!listen_lines.empty())
    listen_for_lines(server, lobby, listen_lines);
  return server.run();
}
