#pragma once

#include <cstdint>

#include "troupe/runtime/ledger.hpp"

namespace troupe {

/// Does what `broken` says to `payer`, unless that lasts still, with a line in
/// the log and a count in the ledger. `observed` is in the subject's unit.
void enforce(resource_container& payer, const rule& broken,
             std::uint64_t observed, std::uint64_t now_ns);

/// Looks whether the payer whose page this is keeps to the rules about CPU
/// time, memory and frames. To be called when a worker has published `used`.
void check_rules(ledger_page& page, const resource_usage& used,
                 std::uint64_t now_ns);

} // namespace troupe
