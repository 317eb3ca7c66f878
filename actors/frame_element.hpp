#pragma once

#include <string>
#include <typeinfo>

#include "caf/error.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"
#include "caf/sec.hpp"
#include "caf/type_erased_tuple.hpp"

#include "troupe/codec/codec.hpp"

namespace troupe {

/// Shows one frame of a batch to a behavior as if it were a message of its own
/// type, where it lies. Valid for one call; cannot be copied or stored.
class frame_element final : public caf::mailbox_element,
                            public caf::type_erased_tuple {
public:
  void show(frame_ref frame) noexcept {
    // Stored together, the two would go through the stack and be waited for.
    if (type_ != frame.type)
      type_ = frame.type;
    value_ = frame.value;
  }

  caf::type_erased_tuple& content() override {
    return *this;
  }

  const caf::type_erased_tuple& content() const override {
    return *this;
  }

  caf::message move_content_to_message() override {
    return {};
  }

  caf::message copy_content_to_message() const override {
    return {};
  }

  void* get_mutable(std::size_t) override {
    return value_;
  }

  const void* get(std::size_t) const noexcept override {
    return value_;
  }

  std::size_t size() const noexcept override {
    return 1;
  }

  std::uint32_t type_token() const noexcept override {
    return caf::make_type_token<frame_ref>();
  }

  caf::rtti_pair type(std::size_t) const noexcept override {
    return {0, type_};
  }

  std::string stringify(std::size_t) const override {
    return type_->name();
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
  const std::type_info* type_ = nullptr;
  void* value_ = nullptr;
};

} // namespace troupe
