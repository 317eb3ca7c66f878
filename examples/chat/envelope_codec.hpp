#pragma once

#include <memory>
#include <utility>

#include "troupe/codec/protobuf.hpp"

#include "chat/chat.pb.h"

namespace chat {

/// The envelopes of chat.proto. What goes out has been encoded before, once
/// for all who get it, by `make_posting`.
struct envelope_codec {
  using options = troupe::protobuf_options;

  class output final : public troupe::protobuf_output {
  public:
    void add(troupe::slice frame) {
      add_encoded(std::move(frame));
    }
  };

  static std::unique_ptr<troupe::codec> make(const options& how) {
    return troupe::protobuf_core::make(
      Envelope::default_instance(),
      []() -> std::unique_ptr<troupe::frame_batch> {
        return std::make_unique<output>();
      },
      how);
  }
};

} // namespace chat
