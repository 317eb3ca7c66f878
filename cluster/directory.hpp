#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "caf/actor.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/message.hpp"

#include "troupe/cluster/cluster_node_ptr.hpp"

namespace troupe {

/// The right to be the one actor of a name in the cluster.
class ownership {
public:
  ownership(cluster_node_ptr parent, std::string name);

  const std::string& name() const noexcept {
    return name_;
  }

  /// Grows from owner to owner of a name, also when it comes back to the same
  /// node.
  std::uint64_t number() const noexcept {
    return number_;
  }

  /// Whether it holds at this moment: the node has been heard of by the
  /// majority all the time, but for moments, and nobody else is the owner. To
  /// be asked before anything is promised to anybody.
  bool holds() const;

  /// Has a greater number from now on, also greater than `than`: somebody knew
  /// of a later owner.
  void raise(std::uint64_t than);

private:
  cluster_node_ptr parent_;
  std::string name_;
  std::uint64_t number_;
  std::uint64_t lapses_;
};

/// Makes the actor of a name, which lives on the bill of the application.
using owned_actor_factory = std::function<caf::actor(ownership)>;

/// Command: pass `content` on to the actor of that name, which is made if need
/// be.
struct send_owned {
  std::string name;
  caf::strong_actor_ptr sender;
  std::uint64_t message_id = 0;
  caf::message content;
};

/// Event, to those who watch: who takes part has changed, and with it perhaps
/// who owns what.
struct view_changed {
  std::uint64_t number = 0;
};

/// Command: tell the sender each `view_changed` until it ends.
struct watch_view {};

/// Answers where what is called so is: has the actors of all names that this
/// node owns, each as long as it owns the name and the actor lives. Requests
/// for a name that it does not own are answered with `errc::not_owner` and the
/// owner's name, or with `errc::no_quorum`; for one beyond `owned_names_max`
/// with `errc::too_many_names`.
///
/// A shared actor that lives as long as the node.
caf::actor spawn_directory(cluster_node_ptr parent);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::send_owned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::view_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::watch_view)
