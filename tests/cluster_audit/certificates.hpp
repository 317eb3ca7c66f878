#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace troupe::test {

/// Files by which nodes trust each other.
struct certificates {
  std::string certificate;
  std::string key;
  std::string authority;
};

certificates certificates_in(const std::filesystem::path& folder);

/// Makes one for all nodes, which is its own authority. Throws
/// `std::runtime_error` if there is no `openssl` to do so.
void make_certificates(const std::filesystem::path& folder,
                       const std::vector<std::string>& nodes);

} // namespace troupe::test
