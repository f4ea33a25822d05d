// OpenSSL 3's provider interface builds keys from numbers and reports the type of a key; libjwt then gets
// them as PEM, the one form that it takes.
#include "core/auth/pem.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <array>

#include "core/auth/openssl_handles.hpp"

namespace ringside {
namespace {

constexpr int kMinRsaBits = 2048;

std::string_view curve_of(Algorithm algorithm) {
  return algorithm == Algorithm::kES256   ? "prime256v1"
         : algorithm == Algorithm::kES384 ? "secp384r1"
                                          : "secp521r1";
}

Result<std::string> pem_of(EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(bio.get(), key) != 1) {
    ERR_clear_error();
    return fail("does not contain the numbers of a key");
  }
  char* data = nullptr;
  const long n = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(n));
}

Result<std::string> build_pem(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* raw = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, params.get()) <= 0) {
    ERR_clear_error();
    return fail("does not contain the numbers of a key");
  }
  return pem_of(Owned<EVP_PKEY>(raw).get());
}

Owned<BIGNUM> number_of(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                                 static_cast<int>(bytes.size()), nullptr));
}

}  // namespace

Owned<EVP_PKEY> read_pem(std::string_view pem, bool is_private) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Owned<EVP_PKEY> key(is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)
                                 : PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return key;
}

bool is_ec(Algorithm algorithm) noexcept {
  return algorithm == Algorithm::kES256 || algorithm == Algorithm::kES384 ||
         algorithm == Algorithm::kES512;
}

bool is_rsa(Algorithm algorithm) noexcept {
  return algorithm == Algorithm::kRS256 || algorithm == Algorithm::kRS384 ||
         algorithm == Algorithm::kRS512 || is_pss(algorithm);
}

bool is_pss(Algorithm algorithm) noexcept {
  return algorithm == Algorithm::kPS256 || algorithm == Algorithm::kPS384 ||
         algorithm == Algorithm::kPS512;
}

bool looks_like_pem(std::string_view text) noexcept {
  return text.find("-----BEGIN ") != std::string_view::npos;
}

Status check_pem(std::string_view pem, Algorithm algorithm, bool allow_private) {
  Owned<EVP_PKEY> key = read_pem(pem, false);
  if (key == nullptr) {
    key = read_pem(pem, true);
    if (key == nullptr) {
      return fail("is not a key in PEM form");
    }
    if (!allow_private) {
      return fail("is a private key: give the public key, which is all that the server needs");
    }
  }
  const int type = EVP_PKEY_get_base_id(key.get());
  if (is_rsa(algorithm)) {
    if (type != EVP_PKEY_RSA) {
      return fail("is not an RSA key, which " + std::string(name_of(algorithm)) + " needs");
    }
    if (EVP_PKEY_get_bits(key.get()) < kMinRsaBits) {
      return fail("is an RSA key of less than 2048 bits");
    }
    // With the exponent 1 a signature is its own text, and anybody can make one.
    BIGNUM* raw = nullptr;
    EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_E, &raw);
    const Owned<BIGNUM> exponent(raw);
    if (exponent == nullptr || BN_is_odd(exponent.get()) == 0 || BN_num_bits(exponent.get()) < 2) {
      ERR_clear_error();
      return fail("is an RSA key with an invalid exponent (even, or less than 3)");
    }
    return {};
  }
  if (algorithm == Algorithm::kEdDSA) {
    return type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448
               ? Status()
               : fail("is not an Ed25519 or Ed448 key, which EdDSA needs");
  }
  std::array<char, 64> curve{};
  std::size_t n = 0;
  if (type != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), &n) != 1 ||
      std::string_view(curve.data(), n) != curve_of(algorithm)) {
    ERR_clear_error();
    return fail("is not an EC key on " + std::string(curve_of(algorithm)) + ", which " +
                std::string(name_of(algorithm)) + " needs");
  }
  return {};
}

Result<std::string> make_rsa_pem(std::string_view n, std::string_view e) {
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  const Owned<BIGNUM> modulus = number_of(n);
  const Owned<BIGNUM> exponent = number_of(e);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return build_pem("RSA", builder.get());
}

Result<std::string> make_ec_pem(Algorithm algorithm, std::string_view x, std::string_view y) {
  const std::size_t width = algorithm == Algorithm::kES256   ? 32
                            : algorithm == Algorithm::kES384 ? 48
                                                             : 66;
  if (x.size() != width || y.size() != width) {
    return fail("its coordinates are not those of its curve");
  }
  std::string point(1, '\x04');  // SEC 1: uncompressed
  point += x;
  point += y;
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  const std::string curve(curve_of(algorithm));
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.c_str(), 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return build_pem("EC", builder.get());
}

Result<std::string> make_ed_pem(std::string_view curve, std::string_view x) {
  const int type = curve == "Ed448" ? EVP_PKEY_ED448 : EVP_PKEY_ED25519;
  const Owned<EVP_PKEY> key(EVP_PKEY_new_raw_public_key(
      type, nullptr, reinterpret_cast<const unsigned char*>(x.data()), x.size()));
  if (key == nullptr) {
    ERR_clear_error();
    return fail("does not contain the bytes of a key on " + std::string(curve));
  }
  return pem_of(key.get());
}

}  // namespace ringside
