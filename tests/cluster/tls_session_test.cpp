#include "troupe/cluster/tls_session.hpp"

#include <openssl/ssl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

using names = std::vector<std::string>;

/// Of /O=troupe/CN=a, with DNS:b, IP:127.0.0.1, DNS:a, DNS:C.d.
constexpr const char* certificate_of_some = R"(-----BEGIN CERTIFICATE-----
MIIBrTCCAVOgAwIBAgIUNgGbHUBpwgsqXyjKYVpU3rhELCMwCgYIKoZIzj0EAwIw
HTEPMA0GA1UECgwGdHJvdXBlMQowCAYDVQQDDAFhMCAXDTI2MTEyMzA4MzM1MloY
DzIxMjYxMDMwMDgzMzUyWjAdMQ8wDQYDVQQKDAZ0cm91cGUxCjAIBgNVBAMMAWEw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS7jhYjHS85XGHBgDUKKI3VbyPpr8N/
MDLMYhopI0CE25hM0V2yo255F0Hovl5y1CRsxgD6h3JKCDtQxSzchbaMo28wbTAd
BgNVHQ4EFgQUOjQOGx23ExDDGxqZb7Wu91x5VMkwHwYDVR0jBBgwFoAUOjQOGx23
ExDDGxqZb7Wu91x5VMkwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARggFihwR/
AAABggFhggNDLmQwCgYIKoZIzj0EAwIDSAAwRQIgB3qwMoASRvVvT0DQNFJWxuCq
FhJcL6iUljNvrBWHcd4CIQDlp2w88+tJLUjf3RNIhsJdhnxDza7I88FWN1qJpuJC
Pw==
-----END CERTIFICATE-----
)";

/// Of /O=troupe.
constexpr const char* certificate_of_nobody = R"(-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUSOHITHOCZj/58B/P1mAhlfd6ERwwCgYIKoZIzj0EAwIw
ETEPMA0GA1UECgwGdHJvdXBlMCAXDTI2MTEyMzA4MzM1MloYDzIxMjYxMDMwMDgz
MzUyWjARMQ8wDQYDVQQKDAZ0cm91cGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAS7jhYjHS85XGHBgDUKKI3VbyPpr8N/MDLMYhopI0CE25hM0V2yo255F0Hovl5y
1CRsxgD6h3JKCDtQxSzchbaMo1MwUTAdBgNVHQ4EFgQUOjQOGx23ExDDGxqZb7Wu
91x5VMkwHwYDVR0jBBgwFoAUOjQOGx23ExDDGxqZb7Wu91x5VMkwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiA4hZEj0Cq2+XiYJRyS/Ys4rg9fnavh
DxO4wQlgYTj2mwIgLGvEtv4OObRg5yCxNXhCyhVG1V6v+PS/9uTMZpCogh4=
-----END CERTIFICATE-----
)";

names names_in(const std::string& text) {
  auto file = std::filesystem::temp_directory_path()
              / ("troupe-certificate-" + std::to_string(getpid()));
  std::ofstream{file} << text;
  auto result = names_in_certificate(file.string());
  std::filesystem::remove(file);
  return result;
}

TEST_CASE("A certificate names whom it is of") {
  CHECK(names_in(certificate_of_some) == names{"a", "b", "C.d"});
  CHECK(names_in(certificate_of_nobody).empty());
  CHECK(names_in("-----BEGIN CERTIFICATE-----\n").empty());
  CHECK(names_in("").empty());
  CHECK(names_in_certificate("/nowhere").empty());
}

struct sessions {
  sessions() {
    note_tls_sessions();
    // Once or twice is the same.
    note_tls_sessions();
  }

  using session_ptr = std::unique_ptr<SSL, decltype(&SSL_free)>;

  session_ptr make(int socket) {
    session_ptr result{SSL_new(context.get()), SSL_free};
    SSL_set_fd(result.get(), socket);
    return result;
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{
    SSL_CTX_new(TLS_method()), SSL_CTX_free};
};

TEST_CASE_FIXTURE(sessions, "The session made last can be had once") {
  auto first = make(0);
  auto second = make(1);
  CHECK(take_tls_session(1) == second.get());
  CHECK(take_tls_session(1) == nullptr);
  CHECK(take_tls_session(0) == nullptr);
}

TEST_CASE_FIXTURE(sessions, "The session of another socket is none") {
  auto first = make(0);
  CHECK(take_tls_session(1) == nullptr);
}

TEST_CASE_FIXTURE(sessions, "A session that is gone is none") {
  make(0);
  CHECK(take_tls_session(0) == nullptr);
}

TEST_CASE_FIXTURE(sessions, "Sessions of threads have nothing to do with each "
                            "other") {
  auto first = make(0);
  std::thread{[&] {
    CHECK(take_tls_session(0) == nullptr);
    auto second = make(0);
    CHECK(take_tls_session(0) == second.get());
  }}.join();
  CHECK(take_tls_session(0) == first.get());
}

TEST_CASE_FIXTURE(sessions, "Who has shown nothing is nobody") {
  auto first = make(0);
  CHECK(certified_names(*first).empty());
}

} // namespace
