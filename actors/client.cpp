#include "troupe/actors/client.hpp"

#include "troupe/runtime/errc.hpp"

namespace troupe {

connection_io_ptr make_outgoing(worker& home, const endpoint& peer,
                                const connection_options& options) {
  auto& resources = home.parent().resources();
  auto* here = worker::current();
  // A leaf that pays for a caller stays a leaf: the new one stands beside it.
  auto parent = here != nullptr && here->payer() != nullptr
                  ? here->payer()->parent()
                  : resources.outgoing();
  auto payer = resources.make(parent, to_string(peer));
  auto refused = payer->open_connection(home.time().now_ns());
  return new connection_io(home, home.sockets_owner().next_id(), peer,
                           std::move(payer), options,
                           refused ? make_error(refused) : caf::error{});
}

} // namespace troupe
