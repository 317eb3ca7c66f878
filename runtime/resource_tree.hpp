#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "troupe/runtime/resource_container.hpp"
#include "troupe/runtime/topology_lock.hpp"

namespace troupe {

/// One line of a snapshot, parents before children.
struct ledger_row {
  std::uint64_t id = 0;
  std::uint32_t depth = 0;
  std::string name;
  std::uint32_t shares = 0;
  resource_usage usage;
};

/// All resource containers of one process. Any thread may call it; making and
/// ending a resource container takes a lock, charging does not. It must
/// outlive every resource container in it.
class resource_tree {
public:
  explicit resource_tree(std::size_t workers);

  ~resource_tree();

  /// Makes a resource container under `parent`. Its `cpu_min` is not checked:
  /// set that by `resource_container::cpu_min`.
  resource_container_ptr make(const resource_container_ptr& parent,
                              std::string name,
                              const resource_attributes& attributes = {});

  const resource_container_ptr& root() const noexcept {
    return root_;
  }

  /// The parent of the runtime's own work, of which these are the parts.
  const resource_container_ptr& system() const noexcept {
    return system_;
  }

  const resource_container_ptr& polling() const noexcept {
    return polling_;
  }

  const resource_container_ptr& accepting() const noexcept {
    return accepting_;
  }

  const resource_container_ptr& timers() const noexcept {
    return timers_;
  }

  const resource_container_ptr& logging() const noexcept {
    return logging_;
  }

  const resource_container_ptr& admin() const noexcept {
    return admin_;
  }

  const resource_container_ptr& helpers() const noexcept {
    return helpers_;
  }

  /// Pays for actors that the application spawned on nobody's behalf.
  const resource_container_ptr& application() const noexcept {
    return application_;
  }

  /// The parent of connections that were made on nobody's behalf.
  const resource_container_ptr& outgoing() const noexcept {
    return outgoing_;
  }

  std::size_t workers() const noexcept {
    return workers_;
  }

  /// `f` is told of each change that workers must take up at once; by any
  /// thread, before the tree is used by more than one.
  void on_change(std::function<void(resource_container&)> f) {
    changed_ = std::move(f);
  }

  /// Calls `f` for every resource container that exists, depth first. `f` must
  /// not make, change or end one.
  void for_each(const std::function<void(resource_container&)>& f) const;

  /// The same, with the levels below the root.
  void for_each(
    const std::function<void(resource_container&, std::uint32_t)>& f) const;

  /// Null if it is gone.
  resource_container_ptr find(std::uint64_t id) const;

  /// Every resource container that exists, depth first.
  std::vector<ledger_row> snapshot() const;

private:
  friend class resource_container;

  /// Calls `f` for `top` and all below it, parents first. Under the mutex.
  template <class F>
  static void visit_below(resource_container& top, F f) {
    auto* x = &top;
    std::uint32_t depth = 0;
    for (;;) {
      f(*x, depth);
      if (x->first_child_ != nullptr) {
        x = x->first_child_;
        ++depth;
        continue;
      }
      while (x != &top && x->next_ == nullptr) {
        x = x->parent_.get();
        --depth;
      }
      if (x == &top)
        return;
      x = x->next_;
    }
  }

  void enter(resource_container& x);
  void leave(resource_container& x) noexcept;
  static void link(resource_container& x) noexcept;
  static void unlink(resource_container& x) noexcept;

  void changed(resource_container& x) {
    if (changed_)
      changed_(x);
  }

  const std::size_t workers_;
  std::function<void(resource_container&)> changed_;
  std::atomic<std::uint64_t> ids_{0};
  /// Set with the first limit of their kind, so that nobody pays for what is
  /// not used.
  std::atomic<bool> has_memory_limits_{false};
  std::atomic<bool> has_io_limits_{false};
  std::atomic<bool> has_rules_{false};
  mutable std::mutex mutex_;
  mutable topology_lock topology_;
  resource_container_ptr root_;
  resource_container_ptr system_;
  resource_container_ptr polling_;
  resource_container_ptr accepting_;
  resource_container_ptr timers_;
  resource_container_ptr logging_;
  resource_container_ptr admin_;
  resource_container_ptr helpers_;
  resource_container_ptr application_;
  resource_container_ptr outgoing_;
};

} // namespace troupe
