#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <google/protobuf/descriptor.h>

#include "troupe/codec/decode_result.hpp"

namespace troupe {

/// Reads a serialised message without building it, to learn which limit it
/// breaks at a cost that does not depend on what it would decode to. Lets all
/// pass that protobuf's parser takes, and some more, such as text that is not
/// UTF-8. Recurses one level deeper than `depth_max` at most.
class protobuf_wire_walk {
public:
  /// `depth_max` counts the levels of messages and groups below the outermost
  /// message, `elements_max` the fields over all levels.
  protobuf_wire_walk(std::size_t depth_max, std::size_t elements_max)
    : depth_max_(depth_max), elements_max_(elements_max) {
    // nop
  }

  /// Answers `frame` if `payload`, of type `type`, keeps to all limits.
  decode_result run(std::span<const std::byte> payload,
                    const google::protobuf::Descriptor& type);

private:
  decode_result walk_message(const std::byte* end,
                             const google::protobuf::Descriptor* type,
                             std::size_t depth, std::uint64_t group);

  decode_result walk_value(const std::byte* end,
                           const google::protobuf::Descriptor* type,
                           std::size_t depth, std::uint64_t tag);

  bool read_varint(const std::byte* end, std::uint64_t& value);

  bool skip(const std::byte* end, std::uint64_t count);

  std::size_t depth_max_;
  std::size_t elements_max_;
  std::size_t elements_ = 0;
  const std::byte* at_ = nullptr;
};

} // namespace troupe
