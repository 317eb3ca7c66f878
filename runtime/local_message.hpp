#pragma once

#include <cstddef>
#include <memory>
#include <typeinfo>
#include <utility>

#include "troupe/codec/spare_list.hpp"

namespace troupe {

/// A message from one actor to another on the same worker. It never meets
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

/// Messages in the order in which they came. Owns them.
class local_message_list {
public:
  local_message_list() noexcept = default;
  local_message_list(const local_message_list&) = delete;
  local_message_list& operator=(const local_message_list&) = delete;

  ~local_message_list() {
    clear();
  }

  bool empty() const noexcept {
    return first_ == nullptr;
  }

  void push_back(local_message_ptr what) noexcept {
    auto* x = what.release();
    if (first_ == nullptr)
      first_ = x;
    else
      last_->next = x;
    last_ = x;
  }

  /// Null if there is none.
  local_message_ptr pop_front() noexcept {
    auto* x = first_;
    if (x != nullptr)
      first_ = x->next;
    return local_message_ptr{x};
  }

  void clear() noexcept {
    while (pop_front() != nullptr)
      ; // nop
  }

private:
  local_message* first_ = nullptr;
  local_message* last_ = nullptr;
};

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
