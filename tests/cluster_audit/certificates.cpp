#include "troupe/tests/cluster_audit/certificates.hpp"

#include <cstdlib>
#include <stdexcept>

namespace troupe::test {

certificates certificates_in(const std::filesystem::path& folder) {
  auto certificate = (folder / "certificate.pem").string();
  return {certificate, (folder / "key.pem").string(), certificate};
}

void make_certificates(const std::filesystem::path& folder,
                       const std::vector<std::string>& nodes) {
  std::string names;
  for (auto& x : nodes)
    names += (names.empty() ? "DNS:" : ",DNS:") + x;
  auto files = certificates_in(folder);
  auto command = "openssl req -x509 -newkey ec -pkeyopt "
                 "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=troupe "
                 "-addext subjectAltName="
                 + names + " -keyout '" + files.key + "' -out '"
                 + files.certificate + "' > /dev/null 2>&1";
  // One thread only.
  if (std::system(command.c_str()) != 0) // NOLINT(concurrency-mt-unsafe)
    throw std::runtime_error{"openssl makes no certificate"};
}

} // namespace troupe::test
