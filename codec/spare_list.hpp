#pragma once

#include <array>
#include <cstddef>

namespace troupe {

/// Objects that come and go on one thread with each message: one that is kept
/// is the next one's memory. Each thread keeps up to `objects_max` of a type.
template <class T>
class spare_list {
public:
  static constexpr std::size_t objects_max = 32;

  /// Null if there is none.
  static T* take() noexcept {
    auto& own = of_this_thread();
    return own.count > 0 ? own.all[--own.count] : nullptr;
  }

  /// Answers false if `x` stays the caller's.
  static bool keep(T* x) noexcept {
    auto& own = of_this_thread();
    if (own.has_ended || own.count == objects_max)
      return false;
    own.all[own.count++] = x;
    return true;
  }

private:
  struct list {
    std::array<T*, objects_max> all{};
    std::size_t count = 0;
    /// So has the thread, but for what it still destroys.
    bool has_ended = false;

    ~list() {
      has_ended = true;
      while (count > 0)
        delete all[--count];
    }
  };

  static list& of_this_thread() noexcept {
    static thread_local list result;
    return result;
  }
};

} // namespace troupe
