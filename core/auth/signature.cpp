// OpenSSL speaks DER for ECDSA, JOSE two numbers of fixed width one after the other (RFC 7518 section
// 3.4); the rest is choosing the digest and the padding by the algorithm that the key is pinned to.
#include "core/auth/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>

#include "core/auth/openssl_handles.hpp"
#include "core/auth/pem.hpp"

namespace ringside {
namespace {

[[nodiscard]] const unsigned char* bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
[[nodiscard]] unsigned char* bytes(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

// Null for EdDSA, which has its own.
[[nodiscard]] const EVP_MD* digest_of(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::kHS256:
    case Algorithm::kRS256:
    case Algorithm::kES256:
    case Algorithm::kPS256:
      return EVP_sha256();
    case Algorithm::kHS384:
    case Algorithm::kRS384:
    case Algorithm::kES384:
    case Algorithm::kPS384:
      return EVP_sha384();
    case Algorithm::kHS512:
    case Algorithm::kRS512:
    case Algorithm::kES512:
    case Algorithm::kPS512:
      return EVP_sha512();
    case Algorithm::kEdDSA:
      return nullptr;
  }
  return nullptr;
}

[[nodiscard]] std::size_t width_of(Algorithm algorithm) noexcept {
  return algorithm == Algorithm::kES256 ? 32 : algorithm == Algorithm::kES384 ? 48 : 66;
}

[[nodiscard]] std::string hmac_of(std::string_view text, const Key& key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned n = 0;
  HMAC(digest_of(key.algorithm), key.material.data(), static_cast<int>(key.material.size()),
       bytes(text), text.size(), mac.data(), &n);
  return {reinterpret_cast<const char*>(mac.data()), n};
}

[[nodiscard]] bool set_padding(EVP_PKEY_CTX* context, Algorithm algorithm) noexcept {
  return !is_pss(algorithm) ||
         (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
          EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

[[nodiscard]] std::string der_of(std::string_view pair, std::size_t width) {
  if (pair.size() != 2 * width) {
    return {};
  }
  const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes(pair), static_cast<int>(width), nullptr);
  BIGNUM* s = BN_bin2bn(bytes(pair.substr(width)), static_cast<int>(width), nullptr);
  ECDSA_SIG_set0(signature.get(), r, s);
  const int n = i2d_ECDSA_SIG(signature.get(), nullptr);
  std::string der(static_cast<std::size_t>(n > 0 ? n : 0), '\0');
  unsigned char* at = bytes(der);
  i2d_ECDSA_SIG(signature.get(), &at);
  return der;
}

[[nodiscard]] std::string pair_of(const std::string& der, std::size_t width) {
  const unsigned char* at = bytes(std::string_view(der));
  const Owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string pair(2 * width, '\0');
  if (signature == nullptr) {
    return {};
  }
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes(pair), static_cast<int>(width));
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes(pair) + width, static_cast<int>(width));
  return pair;
}

}  // namespace

bool verify_signature(std::string_view text, std::string_view signature, const Key& key) {
  if (is_hmac(key.algorithm)) {
    const std::string expected = hmac_of(text, key);
    return signature.size() == expected.size() &&
           CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
  }
  const Owned<EVP_PKEY> pkey = read_pem(key.material, false);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const std::string der =
      is_ec(key.algorithm) ? der_of(signature, width_of(key.algorithm)) : std::string(signature);
  EVP_PKEY_CTX* options = nullptr;
  const bool holds = pkey != nullptr && !der.empty() &&
                     EVP_DigestVerifyInit(context.get(), &options, digest_of(key.algorithm),
                                          nullptr, pkey.get()) == 1 &&
                     set_padding(options, key.algorithm) &&
                     EVP_DigestVerify(context.get(), bytes(std::string_view(der)), der.size(),
                                      bytes(text), text.size()) == 1;
  ERR_clear_error();
  return holds;
}

Result<std::string> make_signature(std::string_view text, const Key& key) {
  if (is_hmac(key.algorithm)) {
    return hmac_of(text, key);
  }
  const Owned<EVP_PKEY> pkey = read_pem(key.material, true);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  std::size_t n = 0;
  std::string signature;
  const bool is_ready = pkey != nullptr &&
                        EVP_DigestSignInit(context.get(), &options, digest_of(key.algorithm),
                                           nullptr, pkey.get()) == 1 &&
                        set_padding(options, key.algorithm) &&
                        EVP_DigestSign(context.get(), nullptr, &n, bytes(text), text.size()) == 1;
  if (is_ready) {
    signature.resize(n);
  }
  const bool is_made = is_ready && EVP_DigestSign(context.get(), bytes(signature), &n, bytes(text),
                                                  text.size()) == 1;
  ERR_clear_error();
  if (!is_made) {
    return fail("the key does not sign: is it a private key?");
  }
  signature.resize(n);
  return is_ec(key.algorithm) ? pair_of(signature, width_of(key.algorithm)) : signature;
}

}  // namespace ringside
