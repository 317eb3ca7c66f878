#pragma once

#include <cstddef>

/// Every bound of the codecs has its default here, with the reason for it.
/// A codec's `options` take other values.
namespace troupe::limits {

/// Text of one line. It is what a peer that never ends its line makes us keep:
/// 10,000 of them hold 80 MB. Text protocols stay below it (SMTP 998, IRC 510,
/// HTTP servers accept header lines of 8 KiB).
inline constexpr std::size_t line_bytes_max = 8 * 1024;

/// Payload of one length-prefixed frame. It is decoded in place, so it costs
/// what has arrived of it and no more; larger things belong into pieces, since
/// a frame is handled in one turn.
inline constexpr std::size_t length_prefix_bytes_max = 16 * 1024 * 1024;

/// Payload of one protobuf frame. Smaller than that of a plain one because it
/// is parsed at once: 1 MiB takes a few milliseconds.
inline constexpr std::size_t protobuf_bytes_max = 1024 * 1024;

/// Levels of messages below the envelope. The parser recurses, some 200 bytes
/// of stack a level; messages people write have fewer than ten.
inline constexpr std::size_t protobuf_depth_max = 32;

/// Fields that one protobuf frame may contain over all its levels. Bytes alone
/// do not bound memory: 2 MB of empty messages, two bytes each, parse to
/// 222 MB. With this many empty messages a frame takes 13 MB; ones with many
/// fields take more. A payload below two bytes an element need not be counted.
inline constexpr std::size_t protobuf_elements_max = 64 * 1024;

} // namespace troupe::limits
