// lwsws says of a bad certificate no more than that a vhost could not be made, and continues without
// it. So each way to be wrong has its own words here.
#include "cli/check_tls.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>

namespace ringside::cli {
namespace {

struct Free {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Result<Owned<std::FILE>> open(const std::string& path) {
  Owned<std::FILE> file(std::fopen(path.c_str(), "re"));
  if (!file) {
    return fail_errno("cannot read " + path);
  }
  return file;
}

// A key with a passphrase: lwsws has nobody to ask.
int no_passphrase(char*, int, int, void*) { return -1; }

std::string name_of(X509* certificate) {
  char name[256] = {};
  const int n = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                          sizeof name);
  return n > 0 ? std::string(name) : "a certificate without a name";
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900,
                                                          parts.tm_mon + 1, parts.tm_mday)
                                            : "an unknown day";
}

}  // namespace

Result<std::string> check_tls(const std::string& certificate_path, const std::string& key_path,
                              WallTime now) {
  const auto certificate_file = open(certificate_path);
  if (!certificate_file) {
    return tl::unexpected(certificate_file.error());
  }
  const auto key_file = open(key_path);
  if (!key_file) {
    return tl::unexpected(key_file.error());
  }
  const Owned<X509> certificate(
      PEM_read_X509(certificate_file->get(), nullptr, no_passphrase, nullptr));
  if (!certificate) {
    return fail(certificate_path + " has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  }
  const Owned<EVP_PKEY> key(PEM_read_PrivateKey(key_file->get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    return fail(key_path + " has no private key in PEM without a passphrase");
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return fail(
        fmt::format("the key in {} does not belong to the certificate in {}: give the two that "
                    "were made together",
                    key_path, certificate_path));
  }
  const std::time_t at = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(now));
  if (ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate.get()), at) < 0) {
    return fail(fmt::format("{} expired on {}: renew it", certificate_path,
                            date_of(X509_get0_notAfter(certificate.get()))));
  }
  if (ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate.get()), at) > 0) {
    return fail(fmt::format("{} is not valid before {}: is this machine's clock right?",
                            certificate_path, date_of(X509_get0_notBefore(certificate.get()))));
  }
  return fmt::format("for {}, until {}", name_of(certificate.get()),
                     date_of(X509_get0_notAfter(certificate.get())));
}

}  // namespace ringside::cli
