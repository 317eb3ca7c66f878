#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "caf/actor.hpp"
#include "caf/result.hpp"

#include "troupe/actors/connection.hpp"
#include "troupe/codec/length_prefix.hpp"
#include "troupe/examples/work/burner.hpp"

#include "work/work.pb.h"

namespace work {

/// Does what one peer asks for, one request at a time. Part of the connection
/// actor `self`, whose behavior owns it.
///
/// What the peer sends meanwhile is skipped: it waits in its connection, which
/// reads no further, and so in the end at the peer. Whatever does not end
/// within a turn is a request, since a connection that waits for an answer to
/// one outlives the end of its input.
class session {
public:
  using peer = troupe::connection_of<troupe::length_prefix_codec>;

  /// `shared` answers `burn`.
  session(peer* self, caf::actor shared);

  /// Has `shared` do all the work, in an order in which this peer matters or
  /// does not.
  void be_ordered(bool is_important) noexcept {
    is_ordered_ = true;
    is_important_ = is_important;
  }

  caf::result<void> handle(const troupe::frame& x);

private:
  void start();

  /// Does `next` when the answer to `request` is there.
  template <class Request>
  void then(Request request, void (session::*next)());

  void burn_first();
  void burn_slice();
  void slice_burnt();
  void finish();

  bool is_shared() const noexcept;

  void refuse(const std::string& why);

  peer* self_;
  caf::actor shared_;
  bool is_ordered_ = false;
  bool is_important_ = false;
  bool is_busy_ = false;
  Work work_;
  std::uint32_t spin_us_left_ = 0;
  std::vector<std::byte> memory_;
};

} // namespace work
