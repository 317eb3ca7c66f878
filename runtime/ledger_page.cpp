#include "troupe/runtime/ledger_page.hpp"

#include "troupe/runtime/cpu_limiter.hpp"
#include "troupe/runtime/resource_container.hpp"

namespace troupe {

ledger_page::ledger_page(resource_container& x, ledger_page* above)
  : fair_queue::node(above, x.shares()),
    owner(x),
    above_owner(above != nullptr ? &above->owner : nullptr) {
  // nop
}

ledger_page::~ledger_page() = default;

} // namespace troupe
