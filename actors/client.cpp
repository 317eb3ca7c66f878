#include "troupe/actors/client.hpp"

namespace troupe {

connection_io_ptr make_outgoing(worker& home, const endpoint& peer,
                                const connection_options& options) {
  auto& resources = home.parent().resources();
  auto* here = worker::current();
  // A leaf that pays for a caller stays a leaf: the new one stands beside it.
  resource_container_ptr parent{here != nullptr && here->payer() != nullptr
                                  ? here->payer()->parent()
                                  : resources.outgoing().get()};
  auto payer = resources.make(parent, to_string(peer));
  auto is_counted = payer->open_connection() == nullptr;
  return new connection_io(home, home.sockets_owner().next_id(), peer,
                           std::move(payer), options, is_counted);
}

} // namespace troupe
