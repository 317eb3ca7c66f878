#pragma once

#include <string>
#include <string_view>

#include "troupe/runtime/endpoint.hpp"

namespace troupe {

/// The addresses that begin with the same bits, such as 127.66.0.0/16.
struct address_prefix {
  /// Its port does not count.
  endpoint network;
  unsigned bits = 0;

  bool contains(const endpoint& x) const noexcept;

  bool operator==(const address_prefix&) const = default;
};

/// Reads "127.66.0.0/16", "2001:db8::/32", or one address without bits. Answers
/// what is wrong with it, which is empty if `result` holds it. A bit that is
/// set behind the prefix is wrong: it says that something else was meant.
std::string parse_address_prefix(std::string_view text, address_prefix& result);

std::string to_string(const address_prefix& x);

} // namespace troupe
