#include "troupe/runtime/ledger.hpp"

#include <utility>

namespace troupe {

ledger::ledger(resource_tree& tree, std::size_t worker)
  : worker_(static_cast<std::uint32_t>(worker)), root_(page(*tree.root())) {
  // nop
}

ledger::~ledger() {
  for (auto& x : listed_) {
    auto& page = *find(*x);
    page.pending.cpu_ns += std::exchange(page.elsewhere_cpu_ns, 0);
    x->publish(std::exchange(page.pending, {}));
    page.is_listed = false;
  }
}

ledger_page* ledger::find(resource_container& x) noexcept {
  if (x.first_worker_.load(std::memory_order_relaxed) == worker_)
    return &*x.first_page_;
  auto* others = x.other_pages_.load(std::memory_order_acquire);
  return others != nullptr ? others[worker_].get() : nullptr;
}

ledger_page& ledger::other_page(resource_container& x) {
  auto* result = find(x);
  return result != nullptr ? *result : make_page(x);
}

ledger_page& ledger::make_page(resource_container& x) {
  auto parent = x.parent();
  auto* above = parent != nullptr ? &page(*parent) : nullptr;
  auto& result = x.make_page(worker_, above);
  if (made_)
    made_(result);
  return result;
}

void ledger::list(ledger_page& x) {
  x.is_listed = true;
  listed_.emplace_back(&x.owner);
}

void ledger::reconcile(std::uint64_t thread_cpu_ns, ledger_page& rest) {
  auto used = thread_cpu_ns - std::exchange(reconciled_cpu_ns_, thread_cpu_ns);
  auto charged = std::exchange(charged_ns_, 0);
  if (used > charged)
    charge(rest).cpu_ns += used - charged;
  std::swap(listed_, published_);
  // The running sum keeps the rounding of all charges together within 1 ns.
  std::uint64_t exact = 0;
  std::uint64_t given = 0;
  for (auto& x : published_) {
    auto& page = *find(*x);
    page.is_listed = false;
    auto usage = std::exchange(page.pending, {});
    if (used < charged) {
      __extension__ using wide = unsigned __int128;
      exact += usage.cpu_ns;
      auto due = static_cast<std::uint64_t>(wide{exact} * used / charged);
      usage.cpu_ns = due - given;
      given = due;
    }
    usage.cpu_ns += std::exchange(page.elsewhere_cpu_ns, 0);
    x->publish(usage);
    if (published_now_)
      published_now_(page, usage);
  }
  published_.clear();
}

} // namespace troupe
