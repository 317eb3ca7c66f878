#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "caf/error.hpp"
#include "caf/sec.hpp"
#include "caf/type_erased_tuple.hpp"

#include "troupe/actors/frame_guard.hpp"
#include "troupe/codec/codec.hpp"

namespace troupe {

/// One frame of a batch, where it lies, as what CAF's behaviors match. Who
/// knows it for what it is can go on to the next one. Cannot be copied or
/// stored.
class frame_tuple final : public caf::type_erased_tuple {
public:
  explicit frame_tuple(const frame_guard& guard) noexcept : guard_(guard) {
    // nop
  }

  /// Shows the first of `x`, which may be followed by `more` others of it.
  void show(const frame_row& x, std::size_t more) noexcept {
    // Stored together, the two would go through the stack and be waited for.
    if (frame_.type != x.first.type)
      frame_.type = x.first.type;
    frame_.value = x.first.value;
    distance_ = x.distance;
    more_ = more;
  }

  const frame_ref& frame() const noexcept {
    return frame_;
  }

  /// Shows the next frame, if there is one and it may be handled now.
  bool next() noexcept {
    if (more_ == 0 || !guard_.goes_on())
      return false;
    --more_;
    frame_.value = static_cast<std::byte*>(frame_.value) + distance_;
    return true;
  }

  /// How many have not been shown.
  std::size_t more() const noexcept {
    return more_;
  }

  void* get_mutable(std::size_t) override {
    return frame_.value;
  }

  const void* get(std::size_t) const noexcept override {
    return frame_.value;
  }

  std::size_t size() const noexcept override {
    return 1;
  }

  std::uint32_t type_token() const noexcept override {
    return caf::make_type_token<frame_ref>();
  }

  caf::rtti_pair type(std::size_t) const noexcept override {
    return {0, frame_.type};
  }

  std::string stringify(std::size_t) const override {
    return frame_.type->name();
  }

  caf::type_erased_value_ptr copy(std::size_t) const override {
    return {};
  }

  caf::error load(std::size_t, caf::deserializer&) override {
    return caf::sec::runtime_error;
  }

  caf::error save(std::size_t, caf::serializer&) const override {
    return caf::sec::runtime_error;
  }

  using caf::type_erased_tuple::load;
  using caf::type_erased_tuple::save;

private:
  const frame_guard& guard_;
  frame_ref frame_;
  std::size_t distance_ = 0;
  std::size_t more_ = 0;
};

} // namespace troupe
