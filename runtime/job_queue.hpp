#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "troupe/runtime/resource_container.hpp"

namespace troupe {

/// Something to be done in a helper thread on somebody's bill.
class waiting_job : public ref_counted {
public:
  explicit waiting_job(resource_container_ptr payer)
    : payer_(std::move(payer)) {
    // nop
  }

  virtual ~waiting_job();

  const resource_container_ptr& payer() const noexcept {
    return payer_;
  }

private:
  resource_container_ptr payer_;
};

using waiting_job_ptr = ref_ptr<waiting_job>;

/// Jobs that wait for a helper thread, and whose turn it is.
///
/// Blocking takes threads rather than CPU time, so threads are what is divided:
/// at each level of the tree of resource containers next comes the child with
/// the fewest jobs running, and of those with as many, the one that has waited
/// longest since its last job ended, or since it began to wait. What an inner
/// resource container asks for itself counts as one more child. Jobs of one
/// resource container run in the order in which they were asked for; those of
/// one that is frozen stay. One that moves in the tree keeps its place here as
/// long as it has jobs.
///
/// If the queue is full, the newest job of whoever has most waiting goes, found
/// in the same way from the root down. So whoever floods it floods himself.
///
/// Plain data, without a thread or a lock. What a call costs is linear in the
/// number of resource containers that have jobs here.
class job_queue {
public:
  /// Why a job had to go.
  struct overflow {
    waiting_job_ptr job;
    const char* bound;
    std::size_t max;
  };

  /// At most `waiting_max` jobs wait, and `waiting_each_max` of each resource
  /// container.
  job_queue(std::size_t waiting_max, std::size_t waiting_each_max);

  job_queue(const job_queue&) = delete;
  job_queue& operator=(const job_queue&) = delete;

  ~job_queue();

  std::size_t waiting() const noexcept;

  std::size_t running() const noexcept;

  /// Queues `x`. Answers which job there is no room for, maybe `x`; its `job`
  /// is null if there is room for all.
  [[nodiscard]] overflow push(waiting_job_ptr x);

  /// The next job, which runs from now on; null if there is none.
  waiting_job_ptr pick();

  /// To be called once for each job that was picked.
  void finished(resource_container& payer);

  /// Takes out what is waiting on the bill of destroyed resource containers.
  [[nodiscard]] std::vector<waiting_job_ptr> take_destroyed();

  /// Takes out all that is waiting.
  [[nodiscard]] std::vector<waiting_job_ptr> take_all();

private:
  struct branch;

  branch& find_or_make(resource_container& owner);
  void wait_more(branch& x);
  void wait_less(branch& x);
  void forget_if_idle(branch& x);
  template <class Predicate>
  std::vector<waiting_job_ptr> take(Predicate is_one);

  static branch* next_of(branch& top);
  static branch& longest_of(branch& top);

  const std::size_t waiting_max_;
  const std::size_t waiting_each_max_;
  /// Counts what happens here, to tell before from after.
  std::uint64_t stamp_ = 0;
  branch* root_ = nullptr;
  /// Those with jobs in or below them, and their ancestors.
  std::unordered_map<const resource_container*, std::unique_ptr<branch>>
    branches_;
};

} // namespace troupe
