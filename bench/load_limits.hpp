#pragma once

#include <cstddef>
#include <cstdint>

/// What one run of `load` may be asked for, at most, and why.
namespace troupe::bench::load_limits {

/// An hour shows leaks; longer runs are several runs.
inline constexpr double seconds_max = 3'600;
inline constexpr double warmup_seconds_max = 600;

/// A server that is overloaded by a minute's work is overloaded.
inline constexpr double drain_seconds_max = 60;

/// Two orders of magnitude above what the smallest server answers in ten
/// seconds on one core.
inline constexpr std::size_t requests_max = 100'000'000;

inline constexpr std::size_t classes_max = 64;

/// Open files of one process, of which a few are not connections.
inline constexpr std::size_t clients_max = 20'000;
inline constexpr std::size_t other_files = 32;

/// More than one thread can send.
inline constexpr double rate_max = 1'000'000;

inline constexpr std::size_t burst_max = 10'000;
inline constexpr std::size_t in_flight_max = 10'000;

/// Eight bytes each.
inline constexpr std::size_t queue_max = 10'000'000;

inline constexpr std::size_t retry_ms_max = 60'000;

/// How long the first connections may take before the run goes on without.
inline constexpr std::int64_t setup_ns_max = 5'000'000'000;

/// Connections of the beginning that are tried at once, well below the backlog
/// of a listener: they are no test of it.
inline constexpr std::size_t setup_connections_max = 128;

/// How soon a client that found no file for its connection tries again.
inline constexpr std::int64_t starved_ns = 10'000'000;

/// Arrivals of a class between two looks at the sockets.
inline constexpr std::size_t arrivals_per_round_max = 256;

/// Bytes that are handed to a socket at once.
inline constexpr std::size_t unsent_bytes_max = 64 * 1024;

} // namespace troupe::bench::load_limits
