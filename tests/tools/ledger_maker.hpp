#pragma once

#include <cstdint>
#include <string>

#include "troupe/actors/admin.pb.h"

namespace troupe::test {

/// Makes ledgers by hand: two workers, and a root whose identity is 1.
struct ledger_maker {
  explicit ledger_maker(std::uint64_t time_ns) {
    ledger.set_time_ns(time_ns);
    ledger.set_workers(2);
    add(1, 0, "");
  }

  admin::ResourceContainer& add(std::uint64_t id, std::uint64_t parent,
                                const std::string& name,
                                std::uint64_t cpu_ns = 0) {
    auto& row = *ledger.add_resource_containers();
    row.set_id(id);
    row.set_parent_id(parent);
    row.set_name(name);
    for (auto& x : ledger.resource_containers())
      if (x.id() == parent)
        row.set_depth(x.depth() + 1);
    row.mutable_attributes()->set_shares(100);
    row.mutable_attributes()->set_cpu_max(1);
    row.mutable_attributes()->set_read_rate_max(UINT64_MAX);
    row.mutable_usage()->set_cpu_ns(cpu_ns);
    return row;
  }

  admin::Ledger ledger;
};

} // namespace troupe::test
