#include "troupe/actors/client.hpp"

#include "troupe/runtime/errc.hpp"

namespace troupe {

namespace {

resource_container_ptr make_payer(scheduler& parent, const endpoint& peer) {
  auto& resources = parent.resources();
  if (parent.accounting() == accounting_mode::off)
    return resources.application();
  auto* here = worker::current();
  // Below whoever asks for it, or who connects more would get more.
  resource_container_ptr above{here != nullptr ? here->payer() : nullptr};
  return resources.make(above ? above : resources.outgoing(), to_string(peer));
}

} // namespace

connection_io_ptr make_outgoing(worker& home, const endpoint& peer,
                                const connection_options& options) {
  auto payer = make_payer(home.parent(), peer);
  auto refused = payer->open_connection(home.time().now_ns());
  return new connection_io(home, home.sockets_owner().next_id(), peer,
                           std::move(payer), options,
                           refused ? make_error(refused) : caf::error{});
}

} // namespace troupe
