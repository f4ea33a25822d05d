// Tokens of identity providers: their types, algorithms, keys and roles.
#include "core/auth/signature.hpp"

#include <fmt/format.h>

#include "core/auth/token.hpp"
#include "tests/unit/core/auth/key_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";

}  // namespace

RS_TEST(roles_are_where_the_identity_provider_puts_them) {
  const auto roles = [](const char* path, const char* claims) {
    const Keyset keys({Key{"", Algorithm::kHS256, std::string(kSecret)}});
    TokenRules rules;
    rules.role_claim = path;
    const VerifiedToken verified =
        verify_token(hmac_token(kHeader, claims), keys, rules, system_clock());
    RS_EXPECT_EQ(verified.outcome, TokenOutcome::kValid);
    return verified.identity.roles;
  };
  using Roles = std::vector<std::string>;
  RS_EXPECT_EQ(roles("realm_access.roles", R"({"sub":"a","realm_access":{"roles":["admin","x"]}})"),
               (Roles{"admin", "x"}));
  RS_EXPECT_EQ(roles("/realm_access/roles", R"({"sub":"a","realm_access":{"roles":["admin"]}})"),
               (Roles{"admin"}));
  RS_EXPECT_EQ(roles("cognito:groups", R"({"sub":"a","cognito:groups":["admin"]})"),
               (Roles{"admin"}));
  RS_EXPECT_EQ(
      roles("https://example.com/roles", R"({"sub":"a","https://example.com/roles":["admin"]})"),
      (Roles{"admin"}));
  RS_EXPECT_EQ(roles("scope", R"({"sub":"a","scope":"read admin"})"), (Roles{"read", "admin"}));
  RS_EXPECT_EQ(roles("zitadel", R"({"sub":"a","zitadel":{"admin":{"org":"x"}}})"),
               (Roles{"admin"}));
  RS_EXPECT_EQ(roles("realm_access.roles", R"({"sub":"a","role":"admin"})"), Roles{});
}

RS_TEST(access_tokens_of_rfc_9068_are_taken_and_other_types_are_not) {
  const Pkey rsa = make_rsa_key();
  const Pkey ec = make_ec_key("P-256");
  const auto outcome = [](Algorithm algorithm, EVP_PKEY* key, const std::string& header) {
    const Keyset keys({Key{"K", algorithm, public_pem(key)}});
    return verify_token(signed_token(algorithm, key, header, R"({"sub":"a"})"), keys, {},
                        system_clock())
        .outcome;
  };
  for (const char* type : {"at+jwt", "AT+JWT", "application/at+jwt", "JWT", "jwt"}) {
    const std::string header = fmt::format(R"({{"alg":"RS256","kid":"K","typ":"{}"}})", type);
    RS_EXPECT_EQ(outcome(Algorithm::kRS256, rsa.get(), header), TokenOutcome::kValid);
    const std::string ec_header = fmt::format(R"({{"alg":"ES256","kid":"K","typ":"{}"}})", type);
    RS_EXPECT_EQ(outcome(Algorithm::kES256, ec.get(), ec_header), TokenOutcome::kValid);
  }
  RS_EXPECT_EQ(
      outcome(Algorithm::kRS256, rsa.get(), R"({"alg":"RS256","kid":"K","typ":"logout+jwt"})"),
      TokenOutcome::kMalformed);
  const std::string hmac = hmac_token(R"({"alg":"HS256","typ":"at+jwt"})", R"({"sub":"a"})");
  const Keyset secret({Key{"", Algorithm::kHS256, std::string(kSecret)}});
  RS_EXPECT_EQ(verify_token(hmac, secret, {}, system_clock()).outcome, TokenOutcome::kValid);
  std::string forged = hmac;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  RS_EXPECT_NE(verify_token(forged, secret, {}, system_clock()).outcome, TokenOutcome::kValid);
}

RS_TEST(pss_and_eddsa_are_checked_and_made) {
  const Pkey rsa = make_rsa_key();
  const Pkey ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  for (const auto& [algorithm, key] :
       std::initializer_list<std::pair<Algorithm, EVP_PKEY*>>{{Algorithm::kPS256, rsa.get()},
                                                              {Algorithm::kPS512, rsa.get()},
                                                              {Algorithm::kEdDSA, ed.get()}}) {
    const std::string token = RS_UNWRAP(
        make_token({"K", algorithm, private_pem(key)}, Json::object().set("sub", "alice")));
    const Keyset keys({Key{"K", algorithm, public_pem(key)}});
    RS_EXPECT_EQ(verify_token(token, keys, {}, system_clock()).outcome, TokenOutcome::kValid);
    std::string forged = token;
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    RS_EXPECT_EQ(verify_token(forged, keys, {}, system_clock()).outcome,
                 TokenOutcome::kBadSignature);
    const Keyset pinned({Key{"K", Algorithm::kRS256, public_pem(rsa.get())}});
    RS_EXPECT_EQ(verify_token(token, pinned, {}, system_clock()).outcome,
                 TokenOutcome::kBadAlgorithm);
  }
}

RS_TEST(a_kid_is_no_hindrance_where_there_is_one_key_without_one) {
  const std::string token = hmac_token(R"({"alg":"HS256","kid":"2026-11"})", R"({"sub":"a"})");
  const Keyset one({Key{"", Algorithm::kHS256, std::string(kSecret)}});
  const Keyset named({Key{"other", Algorithm::kHS256, std::string(kSecret)}});
  RS_EXPECT_EQ(verify_token(token, one, {}, system_clock()).outcome, TokenOutcome::kValid);
  RS_EXPECT_EQ(verify_token(token, named, {}, system_clock()).outcome, TokenOutcome::kUnknownKey);
}
