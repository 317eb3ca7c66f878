// Sends each note back.

#include "troupe/actors/server.hpp"
#include "troupe/codec/protobuf.hpp"

#include "note.pb.h"

int main(int argc, char** argv) {
  using codec = troupe::protobuf_codec<troupe::test::NoteEnvelope>;
  troupe::server server{argc, argv};
  server.listen<codec>([](auto* self) -> caf::behavior {
    return {[=](troupe::test::Note& x) { self->write(std::move(x)); }};
  });
  return server.run();
}
