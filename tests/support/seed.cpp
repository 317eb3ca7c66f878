#include "troupe/tests/support/seed.hpp"

#include <cstdio>
#include <cstdlib>
#include <random>

namespace troupe::test {

std::uint64_t seed() {
  static const auto result = [] {
    const auto* given = std::getenv("TROUPE_SEED");
    auto value = given != nullptr ? std::strtoull(given, nullptr, 10)
                                  : std::random_device{}();
    std::printf("TROUPE_SEED=%llu\n", value);
    return static_cast<std::uint64_t>(value);
  }();
  return result;
}

} // namespace troupe::test
