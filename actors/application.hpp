#pragma once

#include <utility>

#include "caf/actor_system.hpp"

#include "troupe/actors/codec_actor.hpp"
#include "troupe/actors/connection.hpp"
#include "troupe/runtime/scheduler.hpp"

namespace troupe {

/// Makes the two actors of each connection: a codec actor that speaks `Codec`
/// and a connection actor whose behavior `F` returns. `F` is called with a
/// `connection_of<Codec>*` on the connection's worker, by several workers at
/// once, so it must not change what it has captured.
template <class Codec, class F>
class application final : public application_of<Codec> {
public:
  application(F start, typename Codec::options options)
    : start_(std::move(start)), options_(std::move(options)) {
    // nop
  }

  void open(const connection_io_ptr& io) const override {
    open_actor(io);
  }

  /// The same, and answers the connection actor.
  caf::actor open_actor(const connection_io_ptr& io) const {
    auto codec_actor = make_codec_actor(io, Codec::make(options_));
    auto self = io->home()
                  .parent()
                  .system()
                  .template spawn<connection_of<Codec>, caf::hidden>(
                    io, codec_actor,
                    ref_ptr<const application_of<Codec>>{this});
    serve(*codec_actor, bound_actor_ptr{self});
    io->consumer(codec_actor);
    return self;
  }

  caf::behavior start(connection_of<Codec>* self) const override {
    return start_(self);
  }

private:
  F start_;
  typename Codec::options options_;
};

} // namespace troupe
