#pragma once

#include <array>
#include <cstddef>

#include "troupe/codec/sanitized.hpp"

namespace troupe {

/// Objects that come and go on one thread with each message: one that is kept
/// is the next one's memory. Each thread keeps up to `objects_max` of a type,
/// as many as the small answers of one round take.
template <class T>
class spare_list {
public:
  static constexpr std::size_t objects_max = 64;

  /// Null if there is none.
  static T* take() noexcept {
    return own.count > 0 ? own.all[--own.count] : nullptr;
  }

  /// Answers false if `x` stays the caller's.
  static bool keep(T* x) noexcept {
    // What is used again hides from a sanitizer who still uses it.
    if constexpr (is_sanitized)
      return false;
    static thread_local const end_of_thread at_its_end;
    if (own.has_ended || own.count == objects_max)
      return false;
    own.all[own.count++] = x;
    return true;
  }

private:
  /// Has no destructor: it is still asked for after the thread's objects have
  /// been destroyed, by what is destroyed later.
  struct list {
    std::array<T*, objects_max> all;
    std::size_t count;
    bool has_ended;
  };

  struct end_of_thread {
    ~end_of_thread() {
      own.has_ended = true;
      while (own.count > 0)
        delete own.all[--own.count];
    }
  };

  static constinit inline thread_local list own{};
};

} // namespace troupe
