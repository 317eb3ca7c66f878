#include "troupe/examples/chat/peer_behavior.hpp"

#include <memory>

#include "troupe/examples/chat/session.hpp"

namespace chat {

troupe::behavior serve_envelopes(troupe::connection_of<envelope_codec>* self,
                                 const caf::actor& lobby) {
  auto peer = std::make_shared<session>(self, lobby, self->subscriber(),
                                        [self](const posting& x) {
                                          self->write(x.frame);
                                        });
  return {
    [peer](Enter& x) { return peer->handle(x); },
    [peer](Join& x) { return peer->handle(x); },
    [peer](Leave& x) { return peer->handle(x); },
    [peer](Say& x) { return peer->handle(x); },
    [peer](List& x) { return peer->handle(x); },
    [](words_wait) {},
  };
}

troupe::behavior serve_lines(troupe::connection_of<troupe::line_codec>* self,
                             const caf::actor& lobby) {
  auto peer = std::make_shared<session>(self, lobby, self->subscriber(),
                                        [self](const posting& x) {
                                          self->write(troupe::line{x.line});
                                        });
  return {
    [peer](troupe::line& x) { return peer->handle(x.text()); },
    [](words_wait) {},
  };
}

} // namespace chat
