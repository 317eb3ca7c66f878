#pragma once

#include <string>
#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"

#include "troupe/actors/application.hpp"
#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/connection_options.hpp"
#include "troupe/runtime/scheduler.hpp"

namespace troupe {

/// Who pays for a connection made from here: a new resource container named
/// after the peer, under the one that pays for the caller.
connection_io_ptr make_outgoing(worker& home, const endpoint& peer,
                                const connection_options& options);

/// Connects to `peer` and answers the connection actor at once: it can be sent
/// messages and can write before the connection is there. Its behavior is
/// what `start(self)` returns. If no attempt succeeds, it ends with
/// `errc::connect_failed`; monitor it to know. Any thread, any actor.
template <class Codec, class F>
caf::actor connect(caf::actor_system& system, const endpoint& peer, F start,
                   const connect_options& options = {},
                   const typename Codec::options& codec_options = {}) {
  auto& home = scheduler::of(system).any_worker();
  auto io = make_outgoing(home, peer, options.connection);
  ref_ptr<const application<Codec, F>> app{
    new application<Codec, F>(std::move(start), codec_options)};
  auto self = app->open_actor(io);
  home.post(
    [io, options](worker& here) { here.sockets_owner().connect(io, options); });
  return self;
}

} // namespace troupe
