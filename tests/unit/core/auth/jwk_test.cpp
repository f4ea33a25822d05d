// JWK sets as identity providers publish them, and what is wrong with some.
#include "core/auth/jwk.hpp"

#include <fmt/format.h>

#include "tests/unit/core/auth/key_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::string rsa_jwk(EVP_PKEY* key, std::string_view rest) {
  return fmt::format(R"({{"kty":"RSA","n":"{}","e":"{}"{}}})",
                     to_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_N)),
                     to_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_E)), rest);
}

std::string ec_jwk(EVP_PKEY* key, std::string_view curve, std::size_t width,
                   std::string_view rest) {
  return fmt::format(R"({{"kty":"EC","crv":"{}","x":"{}","y":"{}"{}}})", curve,
                     to_base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, width)),
                     to_base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, width)), rest);
}

std::string oct_jwk(std::string_view secret, std::string_view rest) {
  return fmt::format(R"({{"kty":"oct","k":"{}"{}}})", to_base64url(secret), rest);
}

std::string set_of(const std::string& keys) { return R"({"keys":[)" + keys + "]}"; }

// What is skipped is seen by a good key next to it being the only one.
bool is_skipped(const std::string& jwk) {
  const auto keys = parse_jwk_set(set_of(jwk + "," + oct_jwk(kSecret, R"(,"kid":"good")")));
  return keys.has_value() && keys->size() == 1 && keys->front().id == "good";
}

}  // namespace

RS_TEST(every_kind_of_key_is_read_with_its_kid_and_algorithm) {
  const Pkey rsa = make_rsa_key();
  const Pkey p256 = make_ec_key("P-256");
  const Pkey p384 = make_ec_key("P-384");
  const Pkey p521 = make_ec_key("P-521");
  const auto keys = RS_UNWRAP(
      parse_jwk_set(set_of(rsa_jwk(rsa.get(), R"(,"kid":"r","alg":"RS512","use":"sig")") + "," +
                           ec_jwk(p256.get(), "P-256", 32, R"(,"kid":"e1")") + "," +
                           ec_jwk(p384.get(), "P-384", 48, R"(,"kid":"e2")") + "," +
                           ec_jwk(p521.get(), "P-521", 66, R"(,"kid":"e3","alg":"ES512")") + "," +
                           oct_jwk(kSecret, R"(,"kid":"o","alg":"HS384")"))));
  RS_EXPECT_EQ(keys.size(), 5);
  RS_EXPECT_EQ(keys[0].id, "r");
  RS_EXPECT_EQ(keys[0].algorithm, Algorithm::kRS512);
  RS_EXPECT_EQ(keys[0].material, public_pem(rsa.get()));
  RS_EXPECT_EQ(keys[1].algorithm, Algorithm::kES256);
  RS_EXPECT_EQ(keys[1].material, public_pem(p256.get()));
  RS_EXPECT_EQ(keys[2].algorithm, Algorithm::kES384);
  RS_EXPECT_EQ(keys[3].algorithm, Algorithm::kES512);
  RS_EXPECT_EQ(keys[3].material, public_pem(p521.get()));
  RS_EXPECT_EQ(keys[4].algorithm, Algorithm::kHS384);
  RS_EXPECT_EQ(keys[4].material, kSecret);
}

RS_TEST(an_rsa_key_without_alg_is_for_rs256) {
  const Pkey rsa = make_rsa_key();
  RS_EXPECT_EQ(RS_UNWRAP(parse_jwk_set(set_of(rsa_jwk(rsa.get(), "")))).front().algorithm,
               Algorithm::kRS256);
}

RS_TEST(keys_that_cannot_be_used_are_skipped) {
  const Pkey rsa = make_rsa_key();
  const Pkey ec = make_ec_key("P-256");
  RS_EXPECT(is_skipped(rsa_jwk(rsa.get(), R"(,"use":"enc")")));
  RS_EXPECT(is_skipped(rsa_jwk(rsa.get(), R"(,"use":7)")));
  RS_EXPECT(is_skipped(rsa_jwk(rsa.get(), R"(,"key_ops":["encrypt"])")));
  RS_EXPECT(is_skipped(rsa_jwk(rsa.get(), R"(,"key_ops":[])")));
  RS_EXPECT(is_skipped(rsa_jwk(rsa.get(), R"(,"alg":"none")")));
  RS_EXPECT(is_skipped(rsa_jwk(rsa.get(), R"(,"alg":"HS256")")));
  RS_EXPECT(is_skipped(rsa_jwk(rsa.get(), R"(,"alg":"ES256")")));
  RS_EXPECT(is_skipped(rsa_jwk(make_rsa_key(1024).get(), "")));
  RS_EXPECT(is_skipped(ec_jwk(ec.get(), "P-256", 32, R"(,"alg":"ES384")")));
  RS_EXPECT(is_skipped(ec_jwk(ec.get(), "secp256k1", 32, "")));
  RS_EXPECT(is_skipped(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})"));
  RS_EXPECT(is_skipped(R"({"kty":"RSA"})"));
  RS_EXPECT(is_skipped(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})"));
  RS_EXPECT(is_skipped("{}"));
  RS_EXPECT(is_skipped("17"));
}

RS_TEST(an_rsa_key_with_an_exponent_that_signs_nothing_is_skipped) {
  const Pkey rsa = make_rsa_key();
  const std::string n = to_base64url(number_of(rsa.get(), OSSL_PKEY_PARAM_RSA_N));
  for (const char* e : {"AQ", "Ag", "AA", "AAE", ""}) {  // 1, 2, 0, 1 with a zero before it, none
    RS_EXPECT(is_skipped(R"({"kty":"RSA","n":")" + n + R"(","e":")" + e + "\"}"));
  }
  RS_EXPECT(!is_skipped(R"({"kty":"RSA","n":")" + n + R"(","e":"Aw"})"));
}

RS_TEST(keys_for_eddsa_pss_and_verifying_are_read) {
  const Pkey ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::string x(32, '\0');
  std::size_t n = x.size();
  RS_EXPECT_EQ(
      EVP_PKEY_get_raw_public_key(ed.get(), reinterpret_cast<unsigned char*>(x.data()), &n), 1);
  const auto keys = RS_UNWRAP(parse_jwk_set(
      set_of(R"({"kty":"OKP","crv":"Ed25519","use":"sig","x":")" + to_base64url(x) + "\"}")));
  RS_EXPECT_EQ(keys[0].algorithm, Algorithm::kEdDSA);
  RS_EXPECT_EQ(keys[0].material, public_pem(ed.get()));
  const Pkey rsa = make_rsa_key();
  RS_EXPECT(!is_skipped(rsa_jwk(rsa.get(), R"(,"alg":"PS256")")));
  RS_EXPECT(!is_skipped(rsa_jwk(rsa.get(), R"(,"key_ops":["verify"])")));
}

RS_TEST(a_weak_or_misused_secret_is_skipped) {
  RS_EXPECT(is_skipped(oct_jwk("short", "")));
  RS_EXPECT(is_skipped(R"({"kty":"oct","k":"not base64"})"));
  RS_EXPECT(is_skipped(oct_jwk(kSecret, R"(,"alg":"RS256")")));
  // A public key is known to everyone: as a secret it would let anybody make tokens.
  RS_EXPECT(is_skipped(oct_jwk(public_pem(make_ec_key("P-256").get()), "")));
}

RS_TEST(a_set_without_a_usable_key_is_an_error) {
  RS_EXPECT(!parse_jwk_set(R"({"keys":[]})"));
  RS_EXPECT(!parse_jwk_set(set_of(oct_jwk("short", ""))));
  RS_EXPECT(!parse_jwk_set("{}"));
  RS_EXPECT(!parse_jwk_set("[]"));
  RS_EXPECT(!parse_jwk_set(""));
  RS_EXPECT(!parse_jwk_set(R"({"keys":[)"));
}

RS_TEST(a_key_is_read_only_with_an_algorithm_of_its_kind) {
  const Pkey rsa = make_rsa_key();
  const Pkey ec = make_ec_key("P-256");
  const Pkey ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::string x(32, '\0');
  std::size_t n = x.size();
  RS_EXPECT_EQ(
      EVP_PKEY_get_raw_public_key(ed.get(), reinterpret_cast<unsigned char*>(x.data()), &n), 1);
  const auto okp = [&](const char* rest) {
    return R"({"kty":"OKP","crv":"Ed25519","x":")" + to_base64url(x) + "\"" + rest + "}";
  };
  RS_EXPECT(!is_skipped(okp("")));
  RS_EXPECT(!is_skipped(okp(R"(,"alg":"EdDSA")")));
  for (const char* algorithm : {"HS256", "RS256", "PS256", "ES256", "EdDSA"}) {
    const std::string rest = fmt::format(R"(,"alg":"{}")", algorithm);
    RS_EXPECT_EQ(is_skipped(oct_jwk(kSecret, rest)), std::string_view(algorithm) != "HS256");
    RS_EXPECT_EQ(is_skipped(rsa_jwk(rsa.get(), rest)),
                 std::string_view(algorithm) != "RS256" && std::string_view(algorithm) != "PS256");
    RS_EXPECT_EQ(is_skipped(ec_jwk(ec.get(), "P-256", 32, rest)),
                 std::string_view(algorithm) != "ES256");
    RS_EXPECT_EQ(is_skipped(okp(rest.c_str())), std::string_view(algorithm) != "EdDSA");
    // The members of another kind do not make it one of that kind.
    const std::string both = R"(,"kty":"none","k":")" + to_base64url(kSecret) + '"' + rest;
    RS_EXPECT(is_skipped(R"({"crv":"P-256")" + both + "}"));
  }
  RS_EXPECT(is_skipped(R"({"kty":"OKP","crv":"X25519","x":")" + to_base64url(x) + "\"}"));
  RS_EXPECT(is_skipped(R"({"kty":"oct","crv":"P-256","alg":"ES256"})"));
}

RS_TEST(ed448_is_known_by_its_curve) {
  const Pkey ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
  std::string x(57, '\0');
  std::size_t n = x.size();
  RS_EXPECT_EQ(
      EVP_PKEY_get_raw_public_key(ed.get(), reinterpret_cast<unsigned char*>(x.data()), &n), 1);
  const auto keys = RS_UNWRAP(
      parse_jwk_set(set_of(R"({"kty":"OKP","crv":"Ed448","x":")" + to_base64url(x) + "\"}")));
  RS_EXPECT_EQ(keys[0].algorithm, Algorithm::kEdDSA);
  RS_EXPECT_EQ(keys[0].material, public_pem(ed.get()));
}

RS_TEST(a_member_that_is_null_is_one_that_is_missing) {
  RS_EXPECT(!is_skipped(oct_jwk(kSecret, R"(,"use":null,"key_ops":null)")));
  RS_EXPECT(!is_skipped(oct_jwk(kSecret, R"(,"use":"sig")")));
  for (const char* operations : {R"(["sign"])", R"(["verify"])", R"(["x","verify"])",
                                 R"(["verify","x"])", R"(["sign","x","y"])"}) {
    RS_EXPECT(!is_skipped(oct_jwk(kSecret, fmt::format(R"(,"key_ops":{})", operations))));
  }
  for (const char* operations : {R"([])", R"(["x","y"])", R"("verify")", "7", "{}"}) {
    RS_EXPECT(is_skipped(oct_jwk(kSecret, fmt::format(R"(,"key_ops":{})", operations))));
  }
}

RS_TEST(a_secret_has_at_least_32_bytes) {
  RS_EXPECT(!is_skipped(oct_jwk(std::string(32, 's'), "")));
  RS_EXPECT(is_skipped(oct_jwk(std::string(31, 's'), "")));
}

RS_TEST(coordinates_of_a_point_have_the_width_of_their_curve) {
  const Pkey ec = make_ec_key("P-256");
  const std::string x = to_base64url(number_of(ec.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32));
  const std::string y = to_base64url(number_of(ec.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32));
  const std::string x33 = to_base64url(number_of(ec.get(), OSSL_PKEY_PARAM_EC_PUB_X, 33));
  const std::string y33 = to_base64url(number_of(ec.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 33));
  const auto jwk = [](const std::string& a, const std::string& b) {
    return R"({"kty":"EC","crv":"P-256","x":")" + a + R"(","y":")" + b + "\"}";
  };
  RS_EXPECT(!is_skipped(jwk(x, y)));
  RS_EXPECT(is_skipped(jwk(x33, y)));
  RS_EXPECT(is_skipped(jwk(x, y33)));
}
