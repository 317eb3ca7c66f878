#include "troupe/actors/server.hpp"
#include "troupe/codec/line.hpp"

int main(int argc, char** argv) {
  troupe::server server{argc, argv};
  server.listen<troupe::line_codec>([](auto* self) -> caf::behavior {
    return {[=](troupe::line& line) { self->write(std::move(line)); }};
  });
  return server.run();
}
