#pragma once
// Keys and tokens made by OpenSSL directly: what the tests of tokens sign with is not what the code
// under test verifies with, and an attacker's token can be put together byte by byte. Header only.

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/keyset.hpp"
#include "tests/support/rs_test.hpp"

namespace ringside::test {

struct FreeOpenssl {
  void operator()(BIO* p) const noexcept { BIO_free_all(p); }
  void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
  void operator()(EVP_MD_CTX* p) const noexcept { EVP_MD_CTX_free(p); }
  void operator()(ECDSA_SIG* p) const noexcept { ECDSA_SIG_free(p); }
  void operator()(BIGNUM* p) const noexcept { BN_free(p); }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreeOpenssl>;

inline constexpr std::string_view kSecret =
    "0123456789abcdef0123456789abcdef-this-is-a-test-secret";

inline std::string to_base64url(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  unsigned n_bits = 0;
  for (const char c : bytes) {
    bits = (bits << 8U | static_cast<unsigned char>(c)) & 0xFFFFFFU;
    n_bits += 8;
    while (n_bits >= 6) {
      n_bits -= 6;
      out += kDigits[bits >> n_bits & 63U];
    }
  }
  if (n_bits != 0) {
    out += kDigits[bits << (6 - n_bits) & 63U];
  }
  return out;
}

inline Pkey make_rsa_key(unsigned n_bits = 2048) {
  return Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(n_bits)));
}
inline Pkey make_ec_key(const char* curve) {
  return Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}
// A key that fits the algorithm; nothing for HMAC.
inline Pkey make_key_for(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRS256:
    case Algorithm::kRS384:
    case Algorithm::kRS512:
      return make_rsa_key();
    case Algorithm::kES256:
      return make_ec_key("P-256");
    case Algorithm::kES384:
      return make_ec_key("P-384");
    case Algorithm::kES512:
      return make_ec_key("P-521");
    default:
      return nullptr;
  }
}

inline std::string text_of(BIO* bio) {
  std::string out(BIO_ctrl_pending(bio), '\0');
  BIO_read(bio, out.data(), static_cast<int>(out.size()));
  return out;
}
inline std::string public_pem(EVP_PKEY* key) {
  const std::unique_ptr<BIO, FreeOpenssl> bio(BIO_new(BIO_s_mem()));
  RS_EXPECT_EQ(PEM_write_bio_PUBKEY(bio.get(), key), 1);
  return text_of(bio.get());
}
inline std::string private_pem(EVP_PKEY* key) {
  const std::unique_ptr<BIO, FreeOpenssl> bio(BIO_new(BIO_s_mem()));
  RS_EXPECT_EQ(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  return text_of(bio.get());
}

// A number of a key (OSSL_PKEY_PARAM_...), big-endian, `width` bytes or as many as it needs.
inline std::string number_of(EVP_PKEY* key, const char* param, std::size_t width = 0) {
  BIGNUM* raw = nullptr;
  RS_EXPECT_EQ(EVP_PKEY_get_bn_param(key, param, &raw), 1);
  const std::unique_ptr<BIGNUM, FreeOpenssl> number(raw);
  std::string out(width == 0 ? static_cast<std::size_t>(BN_num_bytes(raw)) : width, '\0');
  BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  return out;
}

inline const EVP_MD* digest_of(Algorithm algorithm) {
  const int strength = static_cast<int>(algorithm) % 3;
  return strength == 0 ? EVP_sha256() : strength == 1 ? EVP_sha384() : EVP_sha512();
}

inline std::string hmac_of(Algorithm algorithm, std::string_view secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned n = 0;
  HMAC(digest_of(algorithm), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &n);
  return {reinterpret_cast<const char*>(out.data()), n};
}

// JWS has r and s side by side (RFC 7518 section 3.4), OpenSSL gives them in DER.
inline std::string raw_ecdsa(std::string_view der, std::size_t width) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, FreeOpenssl> sig(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  RS_EXPECT(sig != nullptr);
  std::string out(2 * width, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(sig.get()), bytes, static_cast<int>(width));
  BN_bn2binpad(ECDSA_SIG_get0_s(sig.get()), bytes + width, static_cast<int>(width));
  return out;
}

inline std::string signature_of(Algorithm algorithm, EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, FreeOpenssl> context(EVP_MD_CTX_new());
  std::string out(1024, '\0');
  std::size_t n = out.size();
  RS_EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm), nullptr, key), 1);
  RS_EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &n,
                              reinterpret_cast<const unsigned char*>(text.data()), text.size()),
               1);
  out.resize(n);
  switch (algorithm) {
    case Algorithm::kES256:
      return raw_ecdsa(out, 32);
    case Algorithm::kES384:
      return raw_ecdsa(out, 48);
    case Algorithm::kES512:
      return raw_ecdsa(out, 66);
    default:
      return out;
  }
}

// Header and claims as they are given, well-formed or not, signed with a secret or a private key.
inline std::string hmac_token(std::string_view header, std::string_view claims,
                              std::string_view secret = kSecret,
                              Algorithm algorithm = Algorithm::kHS256) {
  const std::string text = to_base64url(header) + '.' + to_base64url(claims);
  return text + '.' + to_base64url(hmac_of(algorithm, secret, text));
}
inline std::string signed_token(Algorithm algorithm, EVP_PKEY* key, std::string_view header,
                                std::string_view claims) {
  const std::string text = to_base64url(header) + '.' + to_base64url(claims);
  return text + '.' + to_base64url(signature_of(algorithm, key, text));
}

}  // namespace ringside::test
