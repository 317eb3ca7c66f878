#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "troupe/cluster/member.hpp"

namespace troupe {

/// Whom a message is for, on the node that gets it.
enum class addressee : std::uint8_t {
  /// The actor that owns the name in the whole cluster.
  owner,
  /// The actor that was published under the name on that node.
  published,
  /// The actor of that number, which has sent something before.
  actor,
};

/// One message from an actor to an actor of another node. All of it but
/// `content` is checked before anything is done with it.
struct parcel {
  addressee kind = addressee::actor;
  std::string name;
  std::uint64_t actor = 0;
  /// The number of who is answered; 0 is nobody.
  std::uint64_t sender = 0;
  /// CAF's, which tells requests and responses apart.
  std::uint64_t message_id = 0;
  /// The path of the resource container that pays; empty is nobody's.
  std::string payer;
  /// How long it may still be on its way, as clocks of nodes differ.
  std::uint32_t remaining_ms = 0;
  /// A `caf::message` as CAF serialises it.
  std::string content;

  /// What it counts for in bounds.
  std::size_t bytes() const noexcept {
    return content.size() + name.size() + payer.size() + 64;
  }
};

/// What is wrong with a parcel that has come from a node; null if nothing is.
const char* violation_of(const parcel& x) noexcept;

/// Event, node to node: these have been handled, or dropped, so that others may
/// come. In sums of each payer.
struct parcels_handled {
  std::string payer;
  std::uint32_t parcels = 0;
  std::uint64_t bytes = 0;
};

// What nodes tell each other, each in a frame of its own. CAF checks that it is
// one of these types.

/// The first, by either side.
struct node_hello {
  std::uint32_t version = 0;
  std::string cluster;
  std::string name;
  std::uint64_t incarnation = 0;
};

/// Every `beat_ms`, and when there is something new in it.
struct node_beat {
  /// When the sender has sent it and by whom that number was received last,
  /// which proves to the receiver that it was heard. In the milliseconds of the
  /// one who counts them.
  std::uint64_t sent_ms = 0;
  std::uint64_t heard_ms = 0;
  /// Whom the sender has links with, and itself.
  std::vector<member> reachable;
};

struct node_parcels {
  std::vector<parcel> parcels;
};

struct node_receipts {
  std::vector<parcels_handled> receipts;
};

inline constexpr std::uint32_t node_protocol_version = 1;

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, parcel& x) {
  return f(x.kind, x.name, x.actor, x.sender, x.message_id, x.payer,
           x.remaining_ms, x.content);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, parcels_handled& x) {
  return f(x.payer, x.parcels, x.bytes);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_hello& x) {
  return f(x.version, x.cluster, x.name, x.incarnation);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_beat& x) {
  return f(x.sent_ms, x.heard_ms, x.reachable);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_parcels& x) {
  return f(x.parcels);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_receipts& x) {
  return f(x.receipts);
}

} // namespace troupe
