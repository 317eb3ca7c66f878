#pragma once

#include <cstddef>
#include <memory>
#include <typeinfo>
#include <utility>

#include "troupe/codec/spare_list.hpp"

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
    auto* spare = spare_list<memory>::take();
    return spare != nullptr ? spare : new memory;
  }

  static void operator delete(void* x) noexcept {
    auto* spent = static_cast<memory*>(x);
    if (!spare_list<memory>::keep(spent))
      delete spent;
  }

  Content content;

private:
  struct alignas(local_message) alignas(Content) memory {
    std::byte bytes[sizeof(local_message) + sizeof(Content) + alignof(Content)];
  };
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
