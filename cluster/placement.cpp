#include "troupe/cluster/placement.hpp"

#include <cstdint>

namespace troupe {

namespace {

/// FNV-1a of both names with a byte between them that no name has, and then
/// the finalizer of MurmurHash3, as the last bytes would hardly count else.
std::uint64_t weight(std::string_view name, std::string_view member) {
  std::uint64_t result = 0xcbf29ce484222325;
  auto add = [&](unsigned char x) { result = (result ^ x) * 0x100000001b3; };
  for (auto x : member)
    add(static_cast<unsigned char>(x));
  add(0);
  for (auto x : name)
    add(static_cast<unsigned char>(x));
  result = (result ^ (result >> 33)) * 0xff51afd7ed558ccd;
  result = (result ^ (result >> 33)) * 0xc4ceb9fe1a85ec53;
  return result ^ (result >> 33);
}

} // namespace

const member* owner_of(std::string_view name,
                       const std::vector<member>& members) {
  const member* result = nullptr;
  std::uint64_t best = 0;
  for (auto& x : members) {
    auto own = weight(name, x.name);
    if (result == nullptr || own > best
        || (own == best && x.name < result->name)) {
      result = &x;
      best = own;
    }
  }
  return result;
}

} // namespace troupe
