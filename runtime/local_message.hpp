#pragma once

#include <cstddef>
#include <memory>
#include <typeinfo>
#include <utility>

#include "troupe/runtime/spare_memory.hpp"

namespace troupe {

/// A message from one bound actor to another on the same worker. It never meets
/// another thread, so it needs nothing of what CAF's messages carry for that,
/// and its content may be one that cannot be copied.
class local_message {
public:
  virtual ~local_message() = default;

  /// For the list it is in.
  local_message* next = nullptr;

protected:
  explicit local_message(const std::type_info& type) noexcept : type_(type) {
    // nop
  }

private:
  template <class Content>
  friend Content* content_if(local_message& what) noexcept;

  const std::type_info& type_;
};

using local_message_ptr = std::unique_ptr<local_message>;

template <class Content>
class local_message_of final : public local_message {
public:
  explicit local_message_of(Content x) noexcept
    : local_message(typeid(Content)), content(std::move(x)) {
    // nop
  }

  static void* operator new(std::size_t) {
    static_assert(sizeof(local_message_of) <= bytes);
    return spare_memory<bytes>::allocate();
  }

  static void operator delete(void* x) noexcept {
    spare_memory<bytes>::release(x);
  }

  Content content;

private:
  // In steps, so that messages of about one size share it.
  static constexpr std::size_t bytes
    = (sizeof(local_message) + sizeof(Content) + 31) / 16 * 16;
};

/// What `what` holds if that is a `Content`, else null.
template <class Content>
Content* content_if(local_message& what) noexcept {
  // Our own types have one type_info each; comparing names would cost more.
  return &what.type_ == &typeid(Content)
           ? &static_cast<local_message_of<Content>&>(what).content
           : nullptr;
}

} // namespace troupe
