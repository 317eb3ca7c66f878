#pragma once

#include <memory>
#include <utility>

#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/error.hpp"

#include "troupe/codec/codec.hpp"
#include "troupe/runtime/check.hpp"

namespace troupe {

/// A batch on its way to its next owner. CAF wants messages to be copyable; a
/// batch has one owner, so a copy is a mistake and aborts.
class batch_ptr {
public:
  batch_ptr() = default;

  explicit batch_ptr(std::unique_ptr<frame_batch> x) noexcept
    : batch_(std::move(x)) {
    // nop
  }

  batch_ptr(batch_ptr&&) noexcept = default;
  batch_ptr& operator=(batch_ptr&&) noexcept = default;

  batch_ptr(const batch_ptr& other) {
    TROUPE_CHECK(other.batch_ == nullptr, "A batch of frames was copied.");
  }

  batch_ptr& operator=(const batch_ptr&) = delete;

  std::unique_ptr<frame_batch> take() noexcept {
    return std::move(batch_);
  }

private:
  std::unique_ptr<frame_batch> batch_;
};

/// Event, codec actor to connection actor: what one decoding has brought.
struct frames_received {
  batch_ptr frames;
};

/// Command, connection actor to codec actor: send these, if any. With
/// `is_answer` set, the frames received last have all been handled.
struct send_frames {
  batch_ptr frames;
  bool is_answer = false;
};

/// Command, connection actor to codec actor: close when all is sent.
struct close_connection {
  caf::error reason;
};

/// Event, codec actor to connection actor: there will be no more frames.
struct frames_ended {
  caf::error reason;
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::frames_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::send_frames)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::close_connection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::frames_ended)
