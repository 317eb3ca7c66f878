#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "troupe/tests/tools/ledger_maker.hpp"
#include "troupe/tools/top/node_look.hpp"
#include "troupe/tools/top/report.hpp"

namespace troupe::test {

/// Makes what is known of a node by hand: two workers, and one second.
struct look_maker {
  static constexpr std::uint64_t second = 1'000'000'000;

  /// That node, with what has been added to `now`.
  top::node_look look(const std::string& path) const {
    return {path,
            std::make_shared<top::Report>(
              top::make_report(before.ledger, now.ledger, {})),
            ""};
  }

  ledger_maker before{second};
  ledger_maker now{2 * second};
};

inline top::node_look missing_node(const std::string& path,
                                   const std::string& why) {
  return {path, nullptr, why};
}

} // namespace troupe::test
