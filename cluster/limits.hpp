#pragma once

#include <cstddef>
#include <cstdint>

/// Every bound of the cluster has its default here, with the reason for it.
namespace troupe::limits {

/// Members of one cluster, with static membership: all know all, each pair has
/// a link, and each link takes two sleeping threads on the side that dials.
inline constexpr std::size_t cluster_members_max = 64;

/// Names of nodes and of clusters.
inline constexpr std::size_t node_name_bytes_max = 32;

/// Names of owned and published actors.
inline constexpr std::size_t actor_name_bytes_max = 128;

/// Paths of resource containers that travel with messages.
inline constexpr std::size_t payer_bytes_max = 128;

/// One message between nodes, serialised.
inline constexpr std::size_t parcel_bytes_max = 1024 * 1024;

/// Parcels that travel together, unless one alone is larger.
inline constexpr std::size_t bundle_bytes_max = 64 * 1024;

/// What CAF may receive at once from a node: a bundle, its parcel that is too
/// large for others, and what surrounds it.
inline constexpr std::size_t link_frame_bytes_max
  = parcel_bytes_max + bundle_bytes_max + 64 * 1024;

/// How often nodes tell each other that they live.
inline constexpr std::uint64_t beat_ms = 200;

/// Beats of one node that are taken up: so many a second, four times what it
/// says if nothing happens, and so many at once after a rest, which is less for
/// all members together than may be staged. Of who is not welcome yet one is.
/// What is beyond is dropped; the next beat says all that it said.
inline constexpr std::uint64_t beats_per_second_max = 4 * 1000 / beat_ms;
inline constexpr std::uint64_t beats_at_once_max = 16;

/// How long a node may own names without a word from the majority of its
/// cluster. Nobody else owns them before.
inline constexpr std::uint64_t lease_ms = 1000;

/// When somebody else does: two beats later, as beats take their time.
inline constexpr std::uint64_t takeover_ms = lease_ms + 2 * beat_ms;

/// A node that says nothing for so long is taken for dead.
inline constexpr std::uint64_t node_silence_ms_default = 5000;

/// How often a node without link is dialled, and what one attempt may take.
inline constexpr std::uint64_t dial_ms = 250;
inline constexpr std::uint64_t dial_timeout_ms = 1000;

/// How long a message may be on its way to another node unless told.
inline constexpr std::uint64_t parcel_lifetime_ms_default = 5000;
inline constexpr std::uint32_t parcel_lifetime_ms_max = 600'000;

/// What one resource container may have on its way to one node, unhandled
/// there, and what may wait here behind that. Beyond it is dropped.
inline constexpr std::size_t parcels_under_way_max = 256;
inline constexpr std::size_t parcel_bytes_under_way_max = 2 * parcel_bytes_max;
inline constexpr std::size_t parcels_waiting_max = 1024;
inline constexpr std::size_t parcel_bytes_waiting_max = 4 * parcel_bytes_max;

/// What all together may have on its way to one node: CAF keeps it in memory
/// until the kernel takes it.
inline constexpr std::size_t link_bytes_under_way_max = 32 * 1024 * 1024;

/// Requests to one node that have no answer yet: of one resource container, so
/// that others can ask while nobody answers it, and of all.
inline constexpr std::size_t payer_requests_under_way_max = 16 * 1024;
inline constexpr std::size_t requests_under_way_max = 64 * 1024;

/// Actors of one node that another one knows: who has sent something.
inline constexpr std::size_t known_actors_max = 64 * 1024;

/// Resource containers made under `remote`; further ones share that.
inline constexpr std::size_t remote_payers_max = 1024;

/// Names that one node owns.
inline constexpr std::size_t owned_names_max = 64 * 1024;

} // namespace troupe::limits
