#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace troupe {

/// Memory for objects of one size that come and go on one thread with each
/// message: given back, it is the next one's. Up to `blocks_max` unused blocks
/// a thread and size are kept. What another thread gives back is that one's.
template <std::size_t Bytes>
class spare_memory {
public:
  static constexpr std::size_t blocks_max = 64;

  static void* allocate() {
    auto& own = blocks();
    return own.count > 0 ? own.all[--own.count] : ::operator new(Bytes);
  }

  static void release(void* block) noexcept {
    auto& own = blocks();
    if (own.has_ended || own.count == blocks_max)
      ::operator delete(block, Bytes);
    else
      own.all[own.count++] = block;
  }

private:
  struct list {
    std::array<void*, blocks_max> all{};
    std::size_t count = 0;
    /// So has the thread: what comes now is not kept.
    bool has_ended = false;

    ~list() {
      has_ended = true;
      while (count > 0)
        ::operator delete(all[--count], Bytes);
    }
  };

  static list& blocks() noexcept {
    static thread_local list result;
    return result;
  }
};

} // namespace troupe
