// Tokens of identity providers: their types, algorithms, keys and roles.
#include "core/auth/signature.hpp"

#include <fmt/format.h>

#include "core/auth/token.hpp"
#include "tests/unit/core/auth/key_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";

VerifiedToken verify(std::string_view token, const Keyset& keys) {
  return verify_token(token, keys, {}, system_clock());
}
VerifiedToken verify_claims(std::string_view claims, const TokenRules& rules = {}) {
  const Keyset keys({Key{"", Algorithm::kHS256, std::string(kSecret)}});
  return verify_token(hmac_token(kHeader, claims), keys, rules, system_clock());
}
TokenOutcome with_claim(std::string_view claim, const TokenRules& rules = {}) {
  return verify_claims(fmt::format(R"({{"sub":"alice",{}}})", claim), rules).outcome;
}
TokenOutcome with_header(std::string_view header) {
  const Keyset keys({Key{"", Algorithm::kHS256, std::string(kSecret)}});
  return verify(hmac_token(header, R"({"sub":"alice"})"), keys).outcome;
}

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

RS_TEST(a_token_of_this_program_names_its_key_and_is_one_for_every_algorithm) {
  const Pkey rsa = make_rsa_key();
  const Pkey ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const Pkey p384 = make_ec_key("P-384");
  const auto make = [](const Key& key) {
    return RS_UNWRAP(make_token(key, Json::object().set("sub", "alice")));
  };
  for (const Algorithm algorithm : {Algorithm::kRS256, Algorithm::kRS384, Algorithm::kRS512,
                                    Algorithm::kPS256, Algorithm::kPS384, Algorithm::kPS512,
                                    Algorithm::kEdDSA, Algorithm::kES384, Algorithm::kHS256}) {
    EVP_PKEY* const key = algorithm == Algorithm::kEdDSA   ? ed.get()
                          : algorithm == Algorithm::kES384 ? p384.get()
                                                           : rsa.get();
    const bool hmac = algorithm == Algorithm::kHS256;
    const std::string secret = hmac ? std::string(kSecret) : private_pem(key);
    for (const char* id : {"", "K"}) {
      const InspectedToken token = RS_UNWRAP(inspect_token(make({id, algorithm, secret})));
      RS_EXPECT_EQ(token.header["alg"].as_string().value_or(""), name_of(algorithm));
      RS_EXPECT_EQ(token.header["kid"].as_string().value_or("none"), *id == '\0' ? "none" : id);
      RS_EXPECT_EQ(token.claims["sub"].as_string().value_or(""), "alice");
      const Keyset keys({Key{id, algorithm, hmac ? secret : public_pem(key)}});
      RS_EXPECT_EQ(verify(make({id, algorithm, secret}), keys).outcome, TokenOutcome::kValid);
    }
  }
  RS_EXPECT(!make_token({"", Algorithm::kRS256, public_pem(rsa.get())}, Json::object()));
  RS_EXPECT(!make_token({"", Algorithm::kEdDSA, public_pem(ed.get())}, Json::object()));
  RS_EXPECT(!make_token({"", Algorithm::kPS256, "no key"}, Json::object()));
}

RS_TEST(claims_of_the_wrong_kind_are_named) {
  const auto detail = [](std::string_view claims) { return verify_claims(claims).detail; };
  RS_EXPECT_EQ(detail(R"({"sub":7})"), "the claim sub must be a string of 1 to 256 bytes");
  RS_EXPECT_EQ(detail(R"({"sub":"a","role":7})"),
               "the claim role must be a string or an array of at most 100 strings");
  RS_EXPECT_EQ(detail(R"({"sub":"a","events":7})"), "the claim events must be an array of strings");
  RS_EXPECT_EQ(detail(R"({"sub":"a","events":"x"})"),
               "the claim events must be an array of strings");
  RS_EXPECT_EQ(detail(R"({"sub":"a","jti":7})"), "the claim jti must be a string");
  RS_EXPECT_EQ(detail(R"({"sub":"a","exp":"x"})"), "the claims exp, nbf and iat must be numbers");
  RS_EXPECT_EQ(detail(R"({"sub":"a","events":null,"jti":null,"exp":null,"role":null})"), "");
}

RS_TEST(a_token_lists_at_most_100_roles_and_events) {
  const auto list = [](std::size_t n) {
    std::string out = "[\"r0\"";
    for (std::size_t i = 1; i < n; ++i) {
      out += fmt::format(",\"r{}\"", i);
    }
    return out + "]";
  };
  const auto words = [](std::size_t n) {
    std::string out = "r";
    for (std::size_t i = 1; i < n; ++i) {
      out += " r";
    }
    return "\"" + out + "\"";
  };
  const auto members = [](std::size_t n) {
    std::string out = "{\"r0\":1";
    for (std::size_t i = 1; i < n; ++i) {
      out += fmt::format(",\"r{}\":1", i);
    }
    return out + "}";
  };
  TokenRules scope;
  scope.role_claim = "scope";
  for (const std::size_t n : {100U, 101U}) {
    const TokenOutcome expected = n == 100 ? TokenOutcome::kValid : TokenOutcome::kMalformed;
    RS_EXPECT_EQ(with_claim("\"role\":" + list(n)), expected);
    RS_EXPECT_EQ(with_claim("\"events\":" + list(n)), expected);
    RS_EXPECT_EQ(with_claim("\"scope\":" + list(n), scope), expected);
    RS_EXPECT_EQ(with_claim("\"scope\":" + words(n), scope), expected);
    RS_EXPECT_EQ(with_claim("\"scope\":" + members(n), scope), expected);
  }
}

RS_TEST(the_claim_of_roles_may_be_a_pointer_with_escapes) {
  const auto roles = [](const char* path, const char* claims) {
    TokenRules rules;
    rules.role_claim = path;
    const VerifiedToken verified = verify_claims(claims, rules);
    RS_EXPECT_EQ(verified.outcome, TokenOutcome::kValid);
    return verified.identity.roles;
  };
  using Roles = std::vector<std::string>;
  RS_EXPECT_EQ(roles("/a~1b", R"({"sub":"x","a/b":"r"})"), Roles{"r"});
  RS_EXPECT_EQ(roles("/a~0b/c", R"({"sub":"x","a~b":{"c":"r"}})"), Roles{"r"});
  RS_EXPECT_EQ(roles("/a~", R"({"sub":"x","a~":"r"})"), Roles{"r"});
  RS_EXPECT_EQ(roles("/~1~0", R"({"sub":"x","/~":"r"})"), Roles{"r"});
  RS_EXPECT_EQ(roles("/a/b", R"({"sub":"x","a":{"b":"deep"},"/a/b":"direct"})"), Roles{"direct"});
  RS_EXPECT_EQ(roles("role", R"({"sub":"x","role":"two words"})"), Roles{"two words"});
}

RS_TEST(a_type_may_be_written_as_a_media_type) {
  for (const auto& [type, expected] : std::initializer_list<std::pair<const char*, TokenOutcome>>{
           {"application/JWT", TokenOutcome::kValid},
           {"APPLICATION/at+jwt", TokenOutcome::kValid},
           {"at+jwt", TokenOutcome::kValid},
           {"application/", TokenOutcome::kMalformed},
           {"applicationXjwt", TokenOutcome::kMalformed},
           {"zzzzzzzzzzzzjwt", TokenOutcome::kMalformed},
           {"", TokenOutcome::kMalformed}}) {
    RS_EXPECT_EQ(with_header(fmt::format(R"({{"alg":"HS256","typ":"{}"}})", type)), expected);
  }
  RS_EXPECT_EQ(with_header(R"({"alg":"HS256"})"), TokenOutcome::kValid);
  RS_EXPECT_EQ(with_header(R"({"alg":"HS256","typ":7})"), TokenOutcome::kMalformed);
}
