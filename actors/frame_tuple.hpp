#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "caf/error.hpp"
#include "caf/sec.hpp"
#include "caf/type_erased_tuple.hpp"

#include "troupe/codec/codec.hpp"

namespace troupe {

/// One frame of a batch, where it lies, as what CAF's behaviors match. Cannot
/// be copied or stored.
class frame_tuple final : public caf::type_erased_tuple {
public:
  void show(frame_ref x) noexcept {
    // Stored together, the two would go through the stack and be waited for.
    if (frame_.type != x.type)
      frame_.type = x.type;
    frame_.value = x.value;
  }

  const frame_ref& frame() const noexcept {
    return frame_;
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
  frame_ref frame_;
};

} // namespace troupe
