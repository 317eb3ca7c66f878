#pragma once

// Flow: from received bytes, to handlers that take one alternative of an
// envelope, and back.

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "troupe/codec/codec.hpp"
#include "troupe/codec/limits.hpp"

namespace troupe {

struct protobuf_options {
  /// Bytes of a payload; what exceeds it is `frame_too_large`, both ways. More
  /// than 2 GiB - 1 means 2 GiB - 1, protobuf's own bound.
  std::size_t bytes_max = limits::protobuf_bytes_max;

  /// Levels of messages below the envelope, of frames that come in.
  std::size_t depth_max = limits::protobuf_depth_max;

  /// Fields over all levels, also unknown ones, of frames that come in. A
  /// packed field is one: what it holds grows eightfold at most. A payload
  /// below two bytes an element is not counted.
  std::size_t elements_max = limits::protobuf_elements_max;
};

/// Messages on their way out. They are serialised by the codec, not before.
class protobuf_output : public frame_batch {
public:
  std::size_t size() const noexcept override {
    return entries_.size();
  }

  frame_ref at(std::size_t index) noexcept override;

  void clear() noexcept override {
    entries_.clear();
  }

  /// Adds what `protobuf_codec<Envelope>::encode()` made. A message to many
  /// receivers is serialised once this way, and its bytes are shared.
  void add(slice frame);

  /// Appends the bytes of all frames. A frame that breaks a rule is an error,
  /// and nothing of it or behind it is appended.
  decode_result encode(std::size_t bytes_max, gather_buffer& output) const;

protected:
  bool is_spare_size() const noexcept {
    return entries_.capacity() <= 128;
  }

  void add_message(std::unique_ptr<google::protobuf::Message> message,
                   const google::protobuf::FieldDescriptor* alternative);

private:
  struct entry {
    std::unique_ptr<google::protobuf::Message> message;
    /// The field of the envelope, or null if `message` is the envelope.
    const google::protobuf::FieldDescriptor* alternative;
    /// The whole frame, if there is no `message`.
    slice encoded;
  };

  std::vector<entry> entries_;
};

namespace protobuf_core {

using make_output_function = frame_batch_ptr (*)();

/// Throws `std::invalid_argument` if the envelope has no oneof.
std::unique_ptr<codec> make(const google::protobuf::Message& prototype,
                            make_output_function make_output,
                            const protobuf_options& opts);

/// The field of the envelope's oneof that is a message of type `type`, or null
/// if `type` is the envelope. Throws `std::invalid_argument` if there is none,
/// or more than one.
const google::protobuf::FieldDescriptor*
alternative_of(const google::protobuf::Descriptor& envelope,
               const google::protobuf::Descriptor& type);

slice encode(const google::protobuf::Message& message,
             const google::protobuf::FieldDescriptor* alternative);

} // namespace protobuf_core

/// Typed messages: an `Envelope` is a protobuf message with a oneof, and each
/// frame is one of the oneof's alternatives, given to handlers as `T&`:
///
///     | offset | bytes  | content                                         |
///     |--------|--------|-------------------------------------------------|
///     | 0      | 4      | length of the payload, unsigned, big-endian     |
///     | 4      | length | an `Envelope` as protobuf serialises it         |
///
/// The alternatives that can be frames are messages; another one, a oneof that
/// is not set and an alternative unknown here are `unknown_alternative`. If an
/// envelope has more than one oneof, the first counts. Its other fields are
/// sent if one adds the envelope itself, and not seen by who receives it.
///
/// Text in proto3 messages is UTF-8, or they are malformed; protobuf itself
/// then writes a line to its own log, which `google::protobuf::SetLogHandler`
/// moves.
///
/// Frames of one batch lie in one arena that belongs to the batch: what a
/// handler wants to keep it copies, or moves, which is a copy too.
template <class Envelope>
struct protobuf_codec {
  static_assert(std::derived_from<Envelope, google::protobuf::Message>);

  using options = protobuf_options;

  class output final : public protobuf_output {
  public:
    static frame_batch_ptr make() {
      auto* spare = spare_list<output>::take();
      return frame_batch_ptr{spare != nullptr ? spare : new output};
    }

    void recycle() noexcept override {
      clear();
      if (!is_spare_size() || !spare_list<output>::keep(this))
        delete this;
    }

    using protobuf_output::add;

    /// Adds an `Envelope` or one of its alternatives. Throws
    /// `std::invalid_argument` if no alternative, or more than one, has this
    /// type.
    template <class T>
    requires std::derived_from<std::remove_cvref_t<T>,
                               google::protobuf::Message>
    void add(T&& message) {
      using type = std::remove_cvref_t<T>;
      auto* alternative = field_of<type>();
      add_message(std::make_unique<type>(std::forward<T>(message)),
                  alternative);
    }
  };

  /// Throws `std::invalid_argument` if the envelope has no oneof.
  static std::unique_ptr<codec> make(const options& opts = {}) {
    return protobuf_core::make(Envelope::default_instance(), &output::make,
                               opts);
  }

  /// The bytes of one frame, for `output::add()`; limits are checked
  /// there. Throws `std::invalid_argument` as `output::add()` does and if a
  /// required field is missing, `std::length_error` from 2 GiB on.
  template <class T>
  static slice encode(const T& message) {
    return protobuf_core::encode(message, field_of<T>());
  }

private:
  /// The search by name happens once for each type.
  template <class T>
  static const google::protobuf::FieldDescriptor* field_of() {
    static_assert(std::derived_from<T, google::protobuf::Message>,
                  "only protobuf messages can be frames");
    static const auto* const result = protobuf_core::alternative_of(
      *Envelope::descriptor(), *T::descriptor());
    return result;
  }
};

} // namespace troupe
