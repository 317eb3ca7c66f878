// Shows: the smallest server, with a choice of codec. Every frame is sent back.
//
//     troupe-echo --listen=127.0.0.1:4711 --codec=line
//     nc 127.0.0.1 4711

#include <string>

#include "troupe/actors/server.hpp"
#include "troupe/codec/length_prefix.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/codec/raw.hpp"

namespace {

template <class Codec>
void listen(troupe::server& server) {
  server.listen<Codec>([](auto* self) -> troupe::behavior {
    return {[=](typename Codec::frame& x) { self->write(std::move(x)); }};
  });
}

} // namespace

int main(int argc, char** argv) {
  std::string codec = "line";
  troupe::server_options options;
  options.add(codec, "codec", "raw, line or length_prefix");
  troupe::server server{argc, argv, options};
  if (codec == "raw")
    listen<troupe::raw_codec>(server);
  else if (codec == "line")
    listen<troupe::line_codec>(server);
  else if (codec == "length_prefix")
    listen<troupe::length_prefix_codec>(server);
  else
    server.refuse("codec is none of raw, line, length_prefix");
  return server.run();
}
