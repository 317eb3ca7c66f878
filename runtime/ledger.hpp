#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "troupe/runtime/fair_queue.hpp"
#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

class limited_page;

/// One resource container on one worker: its place in that worker's queue, and
/// what was charged there but not published yet. Only that worker touches it.
struct ledger_page : fair_queue::node {
  ledger_page(resource_container& x, ledger_page* above);

  ~ledger_page();

  /// The page of its parent, null at the root.
  ledger_page* above() const noexcept {
    return static_cast<ledger_page*>(parent());
  }

  resource_container& owner;
  /// The owner of the page above, which must be there as long as this one.
  resource_container_ptr above_owner;
  resource_usage pending;
  /// CPU time of other threads than the worker's, not published yet.
  std::uint64_t elsewhere_cpu_ns = 0;
  /// When its work became ready to run; only while there is any.
  std::uint64_t ready_ns = 0;
  /// CPU time of the frame that is worked on, or of the average one if several
  /// came at once; only kept while there are rules.
  std::uint64_t frame_cpu_ns = 0;
  /// What sends have cost that is not yet in virtual time.
  std::uint64_t unsettled_ns = 0;
  bool is_listed = false;
  /// Null without limits on its CPU time.
  std::unique_ptr<limited_page> limited;
};

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
    auto& result = x.pages_[worker_];
    return result != nullptr ? *result : make_page(x);
  }

  /// Null if there is none yet.
  ledger_page* find(resource_container& x) noexcept {
    return x.pages_[worker_].get();
  }

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
  ledger_page& make_page(resource_container& x);
  void list(ledger_page& x);

  const std::size_t worker_;
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
