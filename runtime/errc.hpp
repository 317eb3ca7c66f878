#pragma once

#include <cstdint>
#include <string>

#include "caf/fwd.hpp"

#include "troupe/runtime/refusal.hpp"

namespace troupe {

/// Why troupe closed, refused or dropped something.
enum class errc : std::uint8_t {
  none,
  /// The peer closed its side between two frames.
  end_of_stream,
  /// The peer broke a rule of the format.
  protocol_violation,
  /// The operating system reported an error on the socket.
  socket_failed,
  /// The peer does not read: too much output is unsent, or none of it moves.
  peer_not_reading,
  /// Nothing was received or sent for too long.
  idle_timeout,
  /// A frame was begun and not completed in time.
  frame_timeout,
  /// No attempt to connect succeeded.
  connect_failed,
  /// A handler of the application threw an exception.
  handler_threw,
  /// The application has no handler for this type of frame.
  unhandled_frame,
  /// The application wrote a frame its codec refuses.
  unencodable_frame,
  /// The mailbox of a connection actor is full.
  mailbox_full,
  /// A resource container has too much staged at a shared actor.
  stage_full,
  /// Too much waits for a helper thread, of this resource container or at all.
  helpers_full,
  /// A resource container has its maximum of connections.
  too_many_connections,
  /// A connection cannot belong where it was told to.
  move_refused,
  /// A resource container may hold no more bytes.
  memory_full,
  /// A rule denies it for a while.
  denied,
  /// Its resource container was destroyed.
  destroyed,
  /// The server is stopping.
  draining,
  /// The server stopped before this connection was done.
  drain_deadline,
  /// An option or a value in the configuration file makes no sense.
  invalid_option,
  /// There is no link to the node, or it was lost before there was an answer.
  node_lost,
  /// Too much waits for the link to a node, of this resource container.
  link_full,
  /// A message was not delivered within its time.
  too_late,
  /// Nobody has that name, on that node.
  unknown_name,
  /// Another node of the cluster owns that name.
  not_owner,
  /// This node does not reach the majority of its cluster.
  no_quorum,
  /// This node owns as many names of its cluster as it may.
  too_many_names,
};

std::string to_string(errc code);

struct refused;

/// An error whose text is the code's name and `detail`.
caf::error make_error(errc code, std::string detail = {});

/// What a refusal is called as an error.
errc code_of(refusal why) noexcept;

/// An error that names the limit and whose it is.
caf::error make_error(const refused& x);

/// Whether `reason` is that `code`.
bool is(const caf::error& reason, errc code);

/// Whether `reason` ends the input in good order: the peer is through, or we
/// are draining.
bool is_regular_end(const caf::error& reason);

/// One line for a log. Knows troupe's errors and CAF's own.
std::string describe(const caf::error& reason);

} // namespace troupe
