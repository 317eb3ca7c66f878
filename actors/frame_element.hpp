#pragma once

#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"

#include "troupe/actors/frame_tuple.hpp"

namespace troupe {

/// Shows a frame to an actor as if it were a message. Valid for one call.
class frame_element final : public caf::mailbox_element {
public:
  explicit frame_element(const frame_guard& guard) noexcept : frame_(guard) {
    // nop
  }

  frame_tuple& frame() noexcept {
    return frame_;
  }

  caf::type_erased_tuple& content() override {
    return frame_;
  }

  const caf::type_erased_tuple& content() const override {
    return frame_;
  }

  caf::message move_content_to_message() override {
    return {};
  }

  caf::message copy_content_to_message() const override {
    return {};
  }

private:
  frame_tuple frame_;
};

} // namespace troupe
