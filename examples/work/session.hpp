#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/response_promise.hpp"
#include "caf/result.hpp"

#include "troupe/actors/connection.hpp"
#include "troupe/codec/length_prefix.hpp"
#include "troupe/examples/work/burner.hpp"
#include "troupe/examples/work/sleepers.hpp"

#include "work/work.pb.h"

namespace work {

/// Request, of a connection to itself: sleep in a thread. Answered when the
/// sleep is over.
struct nap {
  std::uint32_t us;
};

/// Does what one peer asks for, one request at a time. Part of the connection
/// actor `self`, whose behavior owns it.
///
/// What the peer sends meanwhile is skipped: it waits in its connection, which
/// reads no further, and so in the end at the peer. Whatever does not end
/// within a turn is a CAF request, since a connection that waits for an answer
/// to one outlives the end of its input.
class session {
public:
  using peer = troupe::connection_of<troupe::length_prefix_codec>;

  /// `shared` answers `burn`; `threads` outlive the connection.
  session(peer* self, caf::actor shared, sleepers& threads);

  /// Has `shared` do all the work, in an order in which this peer matters or
  /// does not.
  void be_ordered(bool is_important) noexcept {
    is_ordered_ = true;
    is_important_ = is_important;
  }

  caf::result<void> handle(const troupe::frame& x);

  caf::result<void> handle(const nap& x);

  void handle(const woken&);

private:
  void start();

  /// Asks `whom`, and then does `next`.
  template <class Message>
  void ask(const caf::actor& whom, Message what, void (session::*next)());

  void burn_first();
  void burn_slice();
  void slice_burnt();
  void finish();

  bool is_shared() const noexcept;

  void refuse(const std::string& why);

  peer* self_;
  caf::actor shared_;
  sleepers& threads_;
  bool is_ordered_ = false;
  bool is_important_ = false;
  bool is_busy_ = false;
  Work work_;
  std::uint32_t spin_us_left_ = 0;
  std::vector<std::byte> memory_;
  caf::response_promise sleep_;
};

} // namespace work

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(work::nap)
