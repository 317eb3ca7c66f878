#include "troupe/runtime/broker.hpp"

#include "troupe/runtime/acceptor.hpp"
#include "troupe/runtime/address_payers.hpp"
#include "troupe/runtime/connector.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/messages.hpp"
#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

class broker_actor final : public local_actor {
public:
  explicit broker_actor(worker& home)
    : local_actor(home, home.parent().resources().polling()) {
    // nop
  }

  void receive(local_message& what) override {
    if (auto* ready = content_if<troupe::sockets_ready>(what))
      home().sockets_owner().dispatch(std::move(ready->events));
  }
};

} // namespace

std::unique_ptr<broker> make_broker(worker& home) {
  return std::make_unique<broker>(home, new broker_actor(home));
}

broker::broker(worker& home, local_actor_ptr self)
  : home_(home), self_(std::move(self)) {
  // nop
}

broker::~broker() = default;

connection_id broker::next_id() noexcept {
  auto count = ids_.fetch_add(1, std::memory_order_relaxed) + 1;
  return {count << 8 | home_.index()};
}

void broker::sockets_ready(std::vector<socket_event>& events) {
  self_->deliver(
    troupe::sockets_ready{std::exchange(events, std::move(spare_events_))});
}

/// Connections first, which only has them wait for turns: so the processor can
/// fetch all of them before it goes on with one after the other.
void broker::dispatch(std::vector<socket_event> events) {
  ready_.clear();
  for (auto& x : events)
    if (auto i = connections_.find(x.token); i != connections_.end()) {
      i->second->prefetch();
      ready_.push_back({i->second.get(), x.what});
    }
  for (auto& x : ready_)
    x.io->payer()->prefetch();
  for (auto& x : ready_)
    x.io->socket_ready(x.what);
  if (ready_.size() < events.size())
    for (auto& x : events)
      if (!connections_.contains(x.token))
        dispatch_to_other(x.token);
  events.clear();
  spare_events_ = std::move(events);
}

void broker::dispatch_to_other(std::uint64_t token) {
  if (auto i = acceptors_.find(token); i != acceptors_.end())
    i->second->socket_ready();
  else if (auto j = connectors_.find(token); j != connectors_.end())
    j->second->socket_ready();
  else if (auto k = hosted_.find(token); k != hosted_.end())
    if (k->second->next == nullptr)
      home_.schedule(*k->second);
}

caf::error broker::listen(endpoint& address, listener_spec_ptr spec) {
  auto wanted = to_string(address);
  socket_handle socket;
  auto result = home_.sockets().listen(address, socket);
  if (result.status != io_status::done)
    return make_error(errc::socket_failed, "cannot listen on " + wanted + ": "
                                             + result.error.message());
  auto token = next_id().value;
  acceptors_.emplace(token, std::make_unique<acceptor>(home_, token, socket,
                                                       std::move(spec)));
  return {};
}

void broker::adopt(unowned_socket accepted, const endpoint& peer,
                   const resource_container_ptr& parent,
                   const listener_spec_ptr& spec) {
  if (is_draining_ || parent->is_destroyed()) {
    home_.sockets().discard(accepted);
    parent->close_connection();
    return;
  }
  socket_handle socket;
  if (auto result = home_.sockets().adopt(accepted, socket);
      result.status != io_status::done) {
    parent->close_connection();
    log(log_level::warning, "connection_refused",
        {{"peer", to_string(peer)}, {"reason", result.error.message()}});
    return;
  }
  auto is_own = spec->payer == connection_payer::itself;
  auto payer = parent;
  if (is_own) {
    payer = home_.parent().resources().make(parent, to_string(peer),
                                            peer_attributes(*parent));
    payer->take_over_connection();
  }
  connection_io_ptr io{new connection_io(home_, next_id(), peer,
                                         std::move(payer), spec->connection)};
  io->is_own_payer(is_own);
  connections_.emplace(io->id().value, io);
  try {
    spec->factory->open(io);
    io->attach(socket);
  } catch (const std::exception& x) {
    io->attach(socket);
    io->abort(make_error(errc::handler_threw, x.what()));
  }
}

void broker::connect(connection_io_ptr io, const connect_options& options) {
  auto id = io->id().value;
  connections_.emplace(id, io);
  auto refusal = is_draining_ ? make_error(errc::draining) : io->refusal();
  if (refusal) {
    io->abort(std::move(refusal));
    return;
  }
  // An identity of its own: the connection's will watch the same socket later.
  auto token = next_id().value;
  auto [i, added] = connectors_.emplace(
    token, std::make_unique<connector>(home_, token, std::move(io), options));
  i->second->start();
}

caf::error broker::host(int native, runnable& x) {
  auto token = next_id().value;
  auto result = home_.sockets().watch_loop(native, token);
  if (result.status != io_status::done)
    return make_error(errc::socket_failed, result.error.message());
  hosted_.emplace(token, &x);
  return {};
}

void broker::release(int native, runnable& x) {
  home_.sockets().forget_loop(native);
  std::erase_if(hosted_, [&](auto& y) { return y.second == &x; });
  home_.withdraw(x);
}

void broker::drain() {
  is_draining_ = true;
  for (auto& [token, x] : acceptors_)
    x->close();
  for (auto& io : all_connections())
    io->drain();
}

void broker::abort_all(const caf::error& reason) {
  is_draining_ = true;
  for (auto& io : all_connections())
    io->abort(reason);
}

void broker::abort_destroyed() {
  for (auto& io : all_connections())
    if (auto& payer = *io->payer(); payer.is_destroyed())
      io->abort(make_error(errc::destroyed, payer.destroyed_because()));
}

std::vector<connection_io_ptr> broker::all_connections() const {
  std::vector<connection_io_ptr> result;
  for (auto& [id, io] : connections_)
    result.push_back(io);
  return result;
}

void broker::close_all() {
  for (auto& [token, x] : acceptors_)
    x->close();
  for (auto& [token, x] : connectors_)
    x->cancel();
  abort_all(make_error(errc::drain_deadline));
}

void broker::forget(connection_id id) {
  connections_.erase(id.value);
}

void broker::forget(connector& x) {
  x.cancel();
  connectors_.erase(x.token());
}

} // namespace troupe
