#include "troupe/codec/protobuf_wire_walk.hpp"

namespace troupe {

namespace {

namespace pb = google::protobuf;

/// The lowest three bits of a tag; the others are the field's number.
enum wire_type : std::uint64_t {
  varint = 0,
  fixed64 = 1,
  length_delimited = 2,
  group_begin = 3,
  group_end = 4,
  fixed32 = 5,
};

decode_result malformed() {
  return decode_result::error(codec_errc::malformed_message);
}

/// The type of what field `number` of `type` holds, if it holds a `kind`.
const pb::Descriptor* inner_type(const pb::Descriptor* type,
                                 std::uint64_t number,
                                 pb::FieldDescriptor::Type kind) {
  if (type == nullptr || number > pb::FieldDescriptor::kMaxNumber)
    return nullptr;
  auto n = static_cast<int>(number);
  const auto* field = type->FindFieldByNumber(n);
  if (field == nullptr)
    field = type->file()->pool()->FindExtensionByNumber(type, n);
  return field != nullptr && field->type() == kind ? field->message_type()
                                                   : nullptr;
}

} // namespace

decode_result protobuf_wire_walk::run(std::span<const std::byte> payload,
                                      const pb::Descriptor& type) {
  at_ = payload.data();
  elements_ = 0;
  return walk_message(at_ + payload.size(), &type, 0, 0);
}

/// Walks up to `end`, or to the end of group number `group` if that is not 0.
/// `type` is null where the type is not known.
decode_result protobuf_wire_walk::walk_message(const std::byte* end,
                                               const pb::Descriptor* type,
                                               std::size_t depth,
                                               std::uint64_t group) {
  if (depth > depth_max_)
    return decode_result::error(codec_errc::message_too_deep, depth_max_,
                                depth);
  std::uint64_t tag = 0;
  while (at_ != end) {
    if (!read_varint(end, tag))
      return malformed();
    if ((tag & 7) == group_end)
      return group != 0 && group == tag >> 3 ? decode_result::frame()
                                             : malformed();
    if (++elements_ > elements_max_)
      return decode_result::error(codec_errc::too_many_elements, elements_max_,
                                  elements_);
    if (auto result = walk_value(end, type, depth, tag); result.is_error())
      return result;
  }
  return group == 0 ? decode_result::frame() : malformed();
}

decode_result protobuf_wire_walk::walk_value(const std::byte* end,
                                             const pb::Descriptor* type,
                                             std::size_t depth,
                                             std::uint64_t tag) {
  auto number = tag >> 3;
  auto result_of = [](bool good) {
    return good ? decode_result::frame() : malformed();
  };
  if (number == 0)
    return malformed();
  std::uint64_t x = 0;
  switch (tag & 7) {
    case varint:
      return result_of(read_varint(end, x));
    case fixed64:
      return result_of(skip(end, 8));
    case fixed32:
      return result_of(skip(end, 4));
    case group_begin:
      return walk_message(
        end, inner_type(type, number, pb::FieldDescriptor::TYPE_GROUP),
        depth + 1, number);
    case length_delimited: {
      if (!read_varint(end, x) || x > static_cast<std::uint64_t>(end - at_))
        return malformed();
      const auto* inner = inner_type(type, number,
                                     pb::FieldDescriptor::TYPE_MESSAGE);
      return inner != nullptr ? walk_message(at_ + x, inner, depth + 1, 0)
                              : result_of(skip(end, x));
    }
    default:
      return malformed();
  }
}

bool protobuf_wire_walk::read_varint(const std::byte* end,
                                     std::uint64_t& value) {
  value = 0;
  for (auto shift = 0; shift < 70 && at_ != end; shift += 7) {
    auto x = std::to_integer<std::uint64_t>(*at_++);
    if (shift < 64)
      value |= (x & 0x7F) << shift;
    if (x < 0x80)
      return true;
  }
  return false;
}

bool protobuf_wire_walk::skip(const std::byte* end, std::uint64_t count) {
  if (static_cast<std::uint64_t>(end - at_) < count)
    return false;
  at_ += count;
  return true;
}

} // namespace troupe
