#include "troupe/cluster/tls_session.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "openssl/pem.h"
#include "openssl/ssl.h"
#include "openssl/x509v3.h"

#include "troupe/runtime/check.hpp"

namespace troupe {

namespace {

/// Not for long: whoever makes one has a connection of it next.
thread_local tls_session* last_made = nullptr;

void made(void* session, void*, CRYPTO_EX_DATA*, int, long, void*) {
  last_made = static_cast<tls_session*>(session);
}

void freed(void* session, void*, CRYPTO_EX_DATA*, int, long, void*) {
  if (last_made == session)
    last_made = nullptr;
}

std::string text_of(const ASN1_STRING& x) {
  // It may have zeros in it, which end no name.
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&x)),
          static_cast<std::size_t>(ASN1_STRING_length(&x))};
}

/// Takes `certificate`, which may be null.
std::vector<std::string> names_in(X509* certificate) {
  std::vector<std::string> result;
  std::unique_ptr<X509, decltype(&X509_free)> owned{certificate, X509_free};
  if (owned == nullptr)
    return result;
  auto add = [&](const ASN1_STRING& x) {
    auto name = text_of(x);
    if (std::find(result.begin(), result.end(), name) == result.end())
      result.push_back(std::move(name));
  };
  auto* subject = X509_get_subject_name(certificate);
  if (auto at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
      at >= 0)
    add(*X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> others{
    static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
    GENERAL_NAMES_free};
  for (int i = 0; i < sk_GENERAL_NAME_num(others.get()); ++i)
    if (auto* x = sk_GENERAL_NAME_value(others.get(), i); x->type == GEN_DNS)
      add(*x->d.dNSName);
  return result;
}

} // namespace

void note_tls_sessions() {
  static const auto number = SSL_get_ex_new_index(0, nullptr, made, nullptr,
                                                  freed);
  TROUPE_CHECK(number >= 0, "OpenSSL has room for one more index.");
}

tls_session* take_tls_session(int socket) {
  auto* result = std::exchange(last_made, nullptr);
  return result != nullptr && SSL_get_fd(result) == socket ? result : nullptr;
}

std::vector<std::string> certified_names(const tls_session& x) {
  return SSL_get_verify_result(&x) == X509_V_OK
           ? names_in(SSL_get_peer_certificate(&x))
           : std::vector<std::string>{};
}

std::vector<std::string> names_in_certificate(const std::string& file) {
  std::unique_ptr<BIO, decltype(&BIO_free)> source{
    BIO_new_file(file.c_str(), "r"), BIO_free};
  return names_in(source != nullptr
                    ? PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)
                    : nullptr);
}

} // namespace troupe
