#pragma once

#include <cstdint>
#include <memory>

#include "troupe/runtime/fair_queue.hpp"
#include "troupe/runtime/ref_ptr.hpp"
#include "troupe/runtime/resource_usage.hpp"

namespace troupe {

class limited_page;
class resource_container;

/// One resource container on one worker: its place in that worker's queue, and
/// what was charged there but not published yet. Only that worker touches it.
/// What a turn needs comes first: with a thousand busy connections, each line
/// of cache is a miss.
struct ledger_page : fair_queue::node {
  ledger_page(resource_container& x, ledger_page* above);

  ~ledger_page();

  /// The page of its parent, null at the root.
  ledger_page* above() const noexcept {
    return static_cast<ledger_page*>(parent());
  }

  resource_container& owner;
  /// When its work became ready to run; only while there is any.
  std::uint64_t ready_ns = 0;
  /// What sends have cost that is not yet in virtual time.
  std::uint64_t unsettled_ns = 0;
  /// Null without limits on its CPU time.
  std::unique_ptr<limited_page> limited;
  bool is_listed = false;
  resource_usage pending;
  /// CPU time of other threads than the worker's, not published yet.
  std::uint64_t elsewhere_cpu_ns = 0;
  /// CPU time of the frame that is worked on, or of the average one if several
  /// came at once; only kept while there are rules.
  std::uint64_t frame_cpu_ns = 0;
  /// The owner of the page above, which must be there as long as this one.
  ref_ptr<resource_container> above_owner;
};

} // namespace troupe
