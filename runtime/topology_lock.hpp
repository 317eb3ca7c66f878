#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <vector>

namespace troupe {

/// Lets many threads walk up a tree at once and one change it. Who walks takes
/// a mutex that other walkers seldom share, who changes takes them all.
class topology_lock {
public:
  /// `walkers` is how many threads walk often.
  explicit topology_lock(std::size_t walkers) : stripes_(walkers + 1) {
    // nop
  }

  /// For one walk.
  [[nodiscard]] std::unique_lock<std::mutex> walk() noexcept {
    return std::unique_lock{stripes_[thread_number() % stripes_.size()].mutex};
  }

  /// For one change.
  class change {
  public:
    explicit change(topology_lock& x) : lock_(x) {
      for (auto& y : lock_.stripes_)
        y.mutex.lock();
    }

    change(const change&) = delete;
    change& operator=(const change&) = delete;

    ~change() {
      for (auto& y : lock_.stripes_)
        y.mutex.unlock();
    }

  private:
    topology_lock& lock_;
  };

private:
  struct alignas(64) stripe {
    std::mutex mutex;
  };

  static std::size_t thread_number() noexcept {
    static std::atomic<std::size_t> threads{0};
    thread_local const auto result
      = threads.fetch_add(1, std::memory_order_relaxed);
    return result;
  }

  std::vector<stripe> stripes_;
};

} // namespace troupe
