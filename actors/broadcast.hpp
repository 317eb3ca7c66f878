#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "caf/response_promise.hpp"

#include "troupe/actors/broadcast_part.hpp"
#include "troupe/actors/connection.hpp"
#include "troupe/codec/slice.hpp"
#include "troupe/runtime/connection_io.hpp"
#include "troupe/runtime/ref_ptr.hpp"
#include "troupe/runtime/send_hold.hpp"

namespace troupe {

/// Holds answers to requests that came directly, not by way of other actors:
/// they are given, with nothing in them, when nobody shares the result any
/// more, and after `send_hold_ns_max` in any case.
std::shared_ptr<send_hold>
hold_answers(std::vector<caf::response_promise> promises);

namespace detail {

/// `broadcast`, for connections that are all alike.
class any_broadcast {
public:
  any_broadcast();
  any_broadcast(const any_broadcast&) = delete;
  any_broadcast& operator=(const any_broadcast&) = delete;
  ~any_broadcast();

  /// Whether nobody was ever added.
  bool empty() const noexcept {
    return parts_.empty();
  }

  void send(const slice& bytes, std::size_t frames,
            const std::shared_ptr<send_hold>& until_sent = nullptr);

protected:
  void add(const connection_io_ptr& who);
  void remove(const connection_io_ptr& who);
  void send_to(const connection_io_ptr& who, const slice& bytes,
               std::size_t frames);

private:
  ref_ptr<broadcast_part>& part_of(worker& home);

  /// One for each worker that has, or had, subscribers; by its index.
  std::vector<ref_ptr<broadcast_part>> parts_;
};

} // namespace detail

/// Flow: from a shared actor, to runtime/connection_io of many connections.
///
/// Tells many connections the same, past their actors and codec actors: bytes
/// that were serialised once are put into the output of each, of a few in each
/// turn of who sends, without a message to each. What a room, a topic or a feed
/// is made of. It belongs to one shared actor, which alone calls it.
///
/// A connection gets what is sent here in the order in which it was sent, and
/// what its own actor writes in that order; frames of both are never mixed. One
/// that closes, or is told something by its own actor, may do so before what
/// was sent to all has come to it: who must have it first is removed, or sent
/// something alone.
///
/// Who sends pays for the handing over, and for the memory until all have been
/// handed it, each subscriber for what is sent to its peer, and for the memory
/// of it until then. A peer that does not read is cut by its own bounds
/// (`output_bytes_max`) and holds up nobody.
///
/// What has yet to be handed over is bounded by `broadcast_items_max` and
/// `broadcast_bytes_max`; beyond, all of it is handed over at once, by who
/// sends then. The owner bounds how much is sent. It paces those on whose
/// behalf it sends by holding their answers (`hold_answers`) until all have had
/// a turn to send what was sent before; without that, who is ahead of the sends
/// by `output_bytes_max` has connections cut whose peers do read.
template <class Codec>
class broadcast final : public detail::any_broadcast {
public:
  /// From now on, until it is removed. Once, whoever added it before. A
  /// connection that has ended is forgotten in time.
  void add(const subscriber<Codec>& who) {
    any_broadcast::add(who.io_);
  }

  void remove(const subscriber<Codec>& who) {
    any_broadcast::remove(who.io_);
  }

  /// Sends `bytes`, which must be `frames` whole frames as `Codec` writes them,
  /// to all. Each shares `until_sent` until it had a turn to send them.
  using any_broadcast::send;

  /// The same to one only, in order with what is sent to all.
  void send_to(const subscriber<Codec>& who, const slice& bytes,
               std::size_t frames) {
    any_broadcast::send_to(who.io_, bytes, frames);
  }
};

} // namespace troupe
