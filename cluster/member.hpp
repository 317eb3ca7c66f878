#pragma once

#include <cstdint>
#include <string>

namespace troupe {

/// A node that takes part in a cluster. One that ends and comes back is another
/// member of the same name.
struct member {
  std::string name;
  /// Greater than that of any earlier member of the name, if clocks do not go
  /// back.
  std::uint64_t incarnation = 0;

  bool operator==(const member&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, member& x) {
  return f(x.name, x.incarnation);
}

} // namespace troupe
