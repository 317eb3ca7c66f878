#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

/// What one worker has charged, to whom.
///
/// Charges are taken with a fast clock, which also runs while another process
/// has the processor. `reconcile` compares their sum with the thread's CPU
/// time about ten times a second and publishes what is left of each charge, so
/// that stolen time is billed to nobody and the published sum is the CPU time.
class ledger {
public:
  ledger(resource_tree& tree, std::size_t worker);

  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;

  ~ledger();

  /// The page of `x` on this worker, made if need be.
  ledger_page& page(resource_container& x) {
    return x.first_worker_.load(std::memory_order_relaxed) == worker_
             ? *x.first_page_
             : other_page(x);
  }

  /// Null if there is none yet.
  ledger_page* find(resource_container& x) noexcept;

  /// `f` is told of each page that is made.
  void on_new_page(std::function<void(ledger_page&)> f) {
    made_ = std::move(f);
  }

  /// `f` is told of what has just been published of each page.
  void on_publish(std::function<void(ledger_page&, const resource_usage&)> f) {
    published_now_ = std::move(f);
  }

  ledger_page& root() noexcept {
    return root_;
  }

  /// What has been charged to `x` since the last publication, to be added to.
  resource_usage& charge(ledger_page& x) {
    if (!x.is_listed)
      list(x);
    return x.pending;
  }

  /// Bytes that are held from now on, or no longer.
  void charge_memory(ledger_page& x, std::int64_t bytes) {
    if (x.owner.has_memory_limits())
      x.owner.add_memory(bytes);
    else
      charge(x).memory_bytes += bytes;
  }

  void charge_cpu(ledger_page& x, std::uint64_t ns) {
    charge(x).cpu_ns += ns;
    charged_ns_ += ns;
  }

  /// For CPU time that another thread has used, and measured exactly.
  void charge_elsewhere(ledger_page& x, std::uint64_t ns) {
    charge(x);
    x.elsewhere_cpu_ns += ns;
  }

  /// Publishes everything. `thread_cpu_ns` is the worker's CPU time so far;
  /// what no charge accounts for goes to `rest` (waiting in the poller).
  void reconcile(std::uint64_t thread_cpu_ns, ledger_page& rest);

private:
  ledger_page& other_page(resource_container& x);
  ledger_page& make_page(resource_container& x);
  void list(ledger_page& x);

  const std::uint32_t worker_;
  std::function<void(ledger_page&)> made_;
  std::function<void(ledger_page&, const resource_usage&)> published_now_;
  ledger_page& root_;
  /// The pages with something pending. Each keeps its owner alive.
  std::vector<resource_container_ptr> listed_;
  std::vector<resource_container_ptr> published_;
  std::uint64_t charged_ns_ = 0;
  std::uint64_t reconciled_cpu_ns_ = 0;
};

} // namespace troupe
