#include "troupe/codec/protobuf.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>

#include "troupe/codec/length_prefix.hpp"
#include "troupe/codec/protobuf_wire_walk.hpp"

namespace troupe {

namespace {

namespace pb = google::protobuf;

/// Protobuf counts the bytes of a message in an `int`.
constexpr std::size_t message_bytes_max = std::numeric_limits<int>::max();

/// Frames that came in, and the arena they lie in.
class parsed_batch final : public frame_batch {
public:
  std::size_t size() const noexcept override {
    return frames_.size();
  }

  frame_ref at(std::size_t index) noexcept override {
    return frames_[index];
  }

  void clear() noexcept override {
    frames_.clear();
    arena_.Reset();
  }

  pb::Arena& arena() noexcept {
    return arena_;
  }

  void add(pb::Message& message) {
    if (frames_.empty())
      frames_.reserve(8);
    frames_.push_back({&typeid(message), dynamic_cast<void*>(&message)});
  }

private:
  pb::Arena arena_;
  std::vector<frame_ref> frames_;
};

const pb::OneofDescriptor& oneof_of(const pb::Descriptor& envelope) {
  if (envelope.real_oneof_decl_count() == 0)
    throw std::invalid_argument(envelope.full_name()
                                + " has no oneof, so it is no envelope");
  return *envelope.oneof_decl(0);
}

class protobuf_format final : public codec {
public:
  protobuf_format(const pb::Message& prototype,
                  protobuf_core::make_output_function output_maker,
                  const protobuf_options& opts)
    : prototype_(prototype),
      oneof_(oneof_of(*prototype.GetDescriptor())),
      make_output_(output_maker),
      opts_(opts) {
    opts_.bytes_max = std::min(opts_.bytes_max, message_bytes_max);
    opts_.depth_max = std::min(opts_.depth_max, message_bytes_max);
  }

  frame_batch_ptr make_output() const override {
    return make_output_();
  }

  decode_result decode(frame_buffer& input, std::size_t frames_max,
                       frame_batch_ptr& frames) override {
    frames = nullptr;
    auto result = decode_result::frame();
    std::unique_ptr<parsed_batch> batch;
    for (std::size_t n = 0; n < frames_max; ++n) {
      std::size_t size = 0;
      result = decode_length_prefix(input, opts_.bytes_max, size);
      if (result.status != decode_status::frame)
        break;
      if (batch == nullptr)
        batch = std::make_unique<parsed_batch>();
      auto payload
        = input.peek(length_prefix_bytes + size).subspan(length_prefix_bytes);
      result = parse(payload, *batch);
      if (result.is_error())
        break;
      input.drop(length_prefix_bytes + size);
    }
    if (batch != nullptr && batch->size() > 0)
      frames.reset(batch.release());
    return result;
  }

  decode_result end_of_stream(const frame_buffer& input) override {
    return input.empty() ? decode_result::need_more()
                         : decode_result::error(codec_errc::truncated_frame, 0,
                                                input.size());
  }

  decode_result encode(frame_batch& frames, gather_buffer& output) override {
    return static_cast<protobuf_output&>(frames).encode(opts_.bytes_max,
                                                        output);
  }

private:
  decode_result parse(std::span<const std::byte> payload, parsed_batch& batch) {
    // An element has at least two bytes, a tag and a length or a value.
    if (payload.size() / 2 > opts_.elements_max)
      if (auto result = walk(payload); result.is_error())
        return result;
    pb::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(
                                  payload.data()),
                                static_cast<int>(payload.size()));
    in.SetRecursionLimit(static_cast<int>(opts_.depth_max));
    auto* envelope = prototype_.New(&batch.arena());
    // The partial one, since the other writes an error of the peer to our log.
    if (!envelope->MergePartialFromCodedStream(&in)
        || !in.ConsumedEntireMessage() || !envelope->IsInitialized()) {
      auto result = walk(payload);
      return result.is_error()
               ? result
               : decode_result::error(codec_errc::malformed_message);
    }
    const auto* reflection = envelope->GetReflection();
    const auto* field = reflection->GetOneofFieldDescriptor(*envelope, &oneof_);
    if (field == nullptr || field->type() != pb::FieldDescriptor::TYPE_MESSAGE)
      return decode_result::error(codec_errc::unknown_alternative);
    batch.add(*reflection->MutableMessage(envelope, field));
    return decode_result::frame();
  }

  decode_result walk(std::span<const std::byte> payload) const {
    return protobuf_wire_walk{opts_.depth_max, opts_.elements_max}.run(
      payload, *prototype_.GetDescriptor());
  }

  const pb::Message& prototype_;
  const pb::OneofDescriptor& oneof_;
  protobuf_core::make_output_function make_output_;
  protobuf_options opts_;
};

/// The wire type of a message inside another one.
constexpr std::uint32_t tag_type = 2;

/// The sizes of one frame on its way out; both are bounded by
/// `message_bytes_max` before they are used.
class outgoing {
public:
  /// Computes the sizes of `message` and everything in it.
  outgoing(const pb::Message& message, const pb::FieldDescriptor* alternative)
    : message_(message),
      message_bytes_(message.ByteSizeLong()),
      payload_bytes_(message_bytes_) {
    if (alternative == nullptr)
      return;
    tag_ = static_cast<std::uint32_t>(alternative->number()) << 3 | tag_type;
    payload_bytes_ += pb::io::CodedOutputStream::VarintSize32(tag_)
                      + pb::io::CodedOutputStream::VarintSize64(message_bytes_);
  }

  std::size_t payload_bytes() const noexcept {
    return payload_bytes_;
  }

  std::size_t frame_bytes() const noexcept {
    return length_prefix_bytes + payload_bytes_;
  }

  void write(std::span<std::byte> target) const {
    using pb::io::CodedOutputStream;
    encode_length_prefix(static_cast<std::uint32_t>(payload_bytes_),
                         target.first<length_prefix_bytes>());
    auto* at
      = reinterpret_cast<std::uint8_t*>(target.data() + length_prefix_bytes);
    if (tag_ != 0) {
      at = CodedOutputStream::WriteTagToArray(tag_, at);
      at = CodedOutputStream::WriteVarint32ToArray(
        static_cast<std::uint32_t>(message_bytes_), at);
    }
    message_.SerializeWithCachedSizesToArray(at);
  }

private:
  const pb::Message& message_;
  std::size_t message_bytes_;
  std::size_t payload_bytes_;
  /// The alternative's tag in the envelope, or 0 for an envelope.
  std::uint32_t tag_ = 0;
};

/// Whether a peer would take `message` for a frame.
decode_result check_complete(const pb::Message& message,
                             const pb::FieldDescriptor* alternative) {
  if (!message.IsInitialized())
    return decode_result::error(codec_errc::malformed_message);
  if (alternative == nullptr
      && !message.GetReflection()->HasOneof(
        message, &oneof_of(*message.GetDescriptor())))
    return decode_result::error(codec_errc::unknown_alternative);
  return decode_result::frame();
}

decode_result too_large(std::size_t bytes_max, std::size_t observed) {
  return decode_result::error(codec_errc::frame_too_large, bytes_max, observed);
}

} // namespace

frame_ref protobuf_output::at(std::size_t index) noexcept {
  auto& x = entries_[index];
  if (x.message == nullptr)
    return {&typeid(slice), &x.encoded};
  auto& message = *x.message;
  return {&typeid(message), dynamic_cast<void*>(&message)};
}

void protobuf_output::add(slice frame) {
  entries_.push_back({nullptr, nullptr, std::move(frame)});
}

decode_result protobuf_output::encode(std::size_t bytes_max,
                                      gather_buffer& output) const {
  for (const auto& x : entries_) {
    if (x.message == nullptr) {
      if (x.encoded.size() > length_prefix_bytes + bytes_max)
        return too_large(bytes_max, x.encoded.size() - length_prefix_bytes);
      output.append(x.encoded);
      continue;
    }
    if (auto result = check_complete(*x.message, x.alternative);
        result.is_error())
      return result;
    outgoing frame{*x.message, x.alternative};
    if (frame.payload_bytes() > bytes_max)
      return too_large(bytes_max, frame.payload_bytes());
    frame.write(output.extend(frame.frame_bytes()));
  }
  return decode_result::frame();
}

void protobuf_output::add_message(std::unique_ptr<pb::Message> message,
                                  const pb::FieldDescriptor* alternative) {
  entries_.push_back({std::move(message), alternative, slice{}});
}

namespace protobuf_core {

std::unique_ptr<codec> make(const pb::Message& prototype,
                            make_output_function make_output,
                            const protobuf_options& opts) {
  return std::make_unique<protobuf_format>(prototype, make_output, opts);
}

const pb::FieldDescriptor* alternative_of(const pb::Descriptor& envelope,
                                          const pb::Descriptor& type) {
  if (&envelope == &type)
    return nullptr;
  const auto& oneof = oneof_of(envelope);
  const pb::FieldDescriptor* result = nullptr;
  for (auto i = 0; i < oneof.field_count(); ++i) {
    const auto* field = oneof.field(i);
    if (field->type() != pb::FieldDescriptor::TYPE_MESSAGE
        || field->message_type() != &type)
      continue;
    if (result != nullptr)
      throw std::invalid_argument(
        type.full_name() + " is more than one alternative of "
        + envelope.full_name() + ": add the envelope instead");
    result = field;
  }
  if (result == nullptr)
    throw std::invalid_argument(type.full_name() + " is no alternative of "
                                + envelope.full_name());
  return result;
}

slice encode(const pb::Message& message,
             const pb::FieldDescriptor* alternative) {
  if (auto result = check_complete(message, alternative); result.is_error())
    throw std::invalid_argument(to_string(result));
  outgoing frame{message, alternative};
  if (frame.payload_bytes() > message_bytes_max)
    throw std::length_error("a protobuf message has at most 2 GiB - 1");
  buffer bytes{frame.frame_bytes()};
  frame.write(bytes.room().first(frame.frame_bytes()));
  bytes.commit(frame.frame_bytes());
  return bytes.freeze();
}

} // namespace protobuf_core

} // namespace troupe
