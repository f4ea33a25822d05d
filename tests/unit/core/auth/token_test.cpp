// Tokens: good ones for every algorithm, and the ways in which people have got into servers with
// bad ones. All are signed by OpenSSL directly (key_fixture.hpp), but for those of make_token
// itself.
#include "core/auth/token.hpp"

#include <fmt/format.h>

#include "tests/support/manual_clock.hpp"
#include "tests/unit/core/auth/key_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr std::int64_t kNow = ManualClock::kStartWallNs / 1'000'000'000;
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";

Keyset secret_keys() { return Keyset({{"", Algorithm::kHS256, std::string(kSecret)}}); }

VerifiedToken verify(std::string_view token, const Keyset& keys = secret_keys(),
                     const TokenRules& rules = {}) {
  const ManualClock clock;
  return verify_token(token, keys, rules, clock);
}

// With claims of this text and everything else right.
VerifiedToken verify_claims(std::string_view claims, const TokenRules& rules = {}) {
  return verify(hmac_token(kHeader, claims), secret_keys(), rules);
}

TokenOutcome with_claim(std::string_view claim, const TokenRules& rules = {}) {
  return verify_claims(fmt::format(R"({{"sub":"alice",{}}})", claim), rules).outcome;
}

TokenOutcome with_header(std::string_view header, const Keyset& keys = secret_keys()) {
  return verify(hmac_token(header, R"({"sub":"alice"})"), keys).outcome;
}

Key key_for(Algorithm algorithm, EVP_PKEY* key, std::string id = "") {
  return {std::move(id), algorithm, key == nullptr ? std::string(kSecret) : public_pem(key)};
}

std::string good_token(Algorithm algorithm, EVP_PKEY* key) {
  const std::string header = fmt::format(R"({{"alg":"{}","typ":"JWT"}})", name_of(algorithm));
  constexpr std::string_view kClaims = R"({"sub":"alice","role":"admin"})";
  return key == nullptr ? hmac_token(header, kClaims, kSecret, algorithm)
                        : signed_token(algorithm, key, header, kClaims);
}

void expect_good(Algorithm algorithm) {
  const Pkey key = make_key_for(algorithm);
  const Keyset keys({key_for(algorithm, key.get())});
  const std::string token = good_token(algorithm, key.get());
  const VerifiedToken verified = verify(token, keys);
  RS_EXPECT_EQ(verified.outcome, TokenOutcome::kValid);
  RS_EXPECT_EQ(verified.identity.user, "alice");
  // One bit of the claims or of the signature makes it worthless.
  std::string forged = token;
  forged[token.find('.') + 10] ^= 1;
  RS_EXPECT_NE(verify(forged, keys).outcome, TokenOutcome::kValid);
  forged = token;
  char& digit = forged[token.rfind('.') + 5];
  digit = digit == 'A' ? 'B' : 'A';
  RS_EXPECT_EQ(verify(forged, keys).outcome, TokenOutcome::kBadSignature);
  // Another key of the same kind.
  const Pkey other = make_key_for(algorithm);
  const Keyset others({other == nullptr ? Key{"", algorithm, std::string(64, 'o')}
                                        : key_for(algorithm, other.get())});
  RS_EXPECT_EQ(verify(token, others).outcome, TokenOutcome::kBadSignature);
  RS_EXPECT_EQ(verify(token, others).identity.user, "");
}

}  // namespace

RS_TEST(a_good_token_of_hs256_is_valid) { expect_good(Algorithm::kHS256); }
RS_TEST(a_good_token_of_hs384_is_valid) { expect_good(Algorithm::kHS384); }
RS_TEST(a_good_token_of_hs512_is_valid) { expect_good(Algorithm::kHS512); }
RS_TEST(a_good_token_of_rs256_is_valid) { expect_good(Algorithm::kRS256); }
RS_TEST(a_good_token_of_rs384_is_valid) { expect_good(Algorithm::kRS384); }
RS_TEST(a_good_token_of_rs512_is_valid) { expect_good(Algorithm::kRS512); }
RS_TEST(a_good_token_of_es256_is_valid) { expect_good(Algorithm::kES256); }
RS_TEST(a_good_token_of_es384_is_valid) { expect_good(Algorithm::kES384); }
RS_TEST(a_good_token_of_es512_is_valid) { expect_good(Algorithm::kES512); }

RS_TEST(what_is_no_token_is_malformed) {
  const std::string good = good_token(Algorithm::kHS256, nullptr);
  for (const std::string& text :
       std::vector<std::string>{"", ".", "..", "...", "garbage", "a.b.c", good + ".", "." + good,
                                " " + good, good + "\n", good.substr(0, good.find('.')), "e30.e30",
                                std::string(100, '.'), "bm90IGpzb24.e30.AAAA", "W10.e30.AAAA"}) {
    RS_EXPECT_NE(verify(text).outcome, TokenOutcome::kValid);
  }
  RS_EXPECT_EQ(verify("").outcome, TokenOutcome::kMalformed);
  RS_EXPECT_EQ(verify("garbage").outcome, TokenOutcome::kMalformed);
}

RS_TEST(alg_none_is_refused_with_and_without_a_signature) {
  const std::string claims = to_base64url(R"({"sub":"alice","role":"admin"})");
  for (const char* algorithm : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string header = to_base64url(fmt::format(R"({{"alg":"{}"}})", algorithm));
    RS_EXPECT_EQ(verify(header + '.' + claims + '.').outcome, TokenOutcome::kBadAlgorithm);
    RS_EXPECT_EQ(verify(header + '.' + claims + ".AAAA").outcome, TokenOutcome::kBadAlgorithm);
  }
  RS_EXPECT_EQ(with_header(R"({"typ":"JWT"})"), TokenOutcome::kBadAlgorithm);
  RS_EXPECT_EQ(with_header(R"({"alg":256})"), TokenOutcome::kBadAlgorithm);
}

RS_TEST(an_hmac_made_with_the_public_key_is_refused) {
  for (const Algorithm algorithm : {Algorithm::kRS256, Algorithm::kES256}) {
    const Pkey key = make_key_for(algorithm);
    const Keyset keys({key_for(algorithm, key.get())});
    for (const Algorithm hmac : {Algorithm::kHS256, Algorithm::kHS384, Algorithm::kHS512}) {
      const std::string forged = hmac_token(fmt::format(R"({{"alg":"{}"}})", name_of(hmac)),
                                            R"({"sub":"alice"})", public_pem(key.get()), hmac);
      RS_EXPECT_EQ(verify(forged, keys).outcome, TokenOutcome::kBadAlgorithm);
    }
  }
}

RS_TEST(a_key_serves_its_own_algorithm_only) {
  const std::string token = good_token(Algorithm::kHS512, nullptr);
  RS_EXPECT_EQ(verify(token).outcome, TokenOutcome::kBadAlgorithm);
  const Pkey rsa = make_rsa_key();
  RS_EXPECT_EQ(verify(good_token(Algorithm::kRS512, rsa.get()),
                      Keyset({key_for(Algorithm::kRS256, rsa.get())}))
                   .outcome,
               TokenOutcome::kBadAlgorithm);
}

RS_TEST(the_kid_chooses_the_key) {
  const std::string other(64, 'o');
  const Keyset keys(
      {{"old", Algorithm::kHS256, std::string(kSecret)}, {"new", Algorithm::kHS256, other}});
  const auto outcome = [&](std::string_view header, std::string_view secret) {
    return verify(hmac_token(header, R"({"sub":"alice"})", secret), keys).outcome;
  };
  RS_EXPECT_EQ(outcome(R"({"alg":"HS256","kid":"old"})", kSecret), TokenOutcome::kValid);
  RS_EXPECT_EQ(outcome(R"({"alg":"HS256","kid":"new"})", other), TokenOutcome::kValid);
  RS_EXPECT_EQ(outcome(R"({"alg":"HS256","kid":"new"})", kSecret), TokenOutcome::kBadSignature);
  RS_EXPECT_EQ(outcome(R"({"alg":"HS256","kid":"gone"})", kSecret), TokenOutcome::kUnknownKey);
  RS_EXPECT_EQ(outcome(R"({"alg":"HS256"})", kSecret), TokenOutcome::kUnknownKey);
  RS_EXPECT_EQ(outcome(R"({"alg":"HS256","kid":7})", kSecret), TokenOutcome::kMalformed);
  RS_EXPECT_EQ(verify(good_token(Algorithm::kHS256, nullptr), Keyset({})).outcome,
               TokenOutcome::kUnknownKey);
}

RS_TEST(keys_without_id_are_tried_in_turn) {
  const Keyset keys({{"", Algorithm::kHS256, std::string(64, 'o')},
                     {"", Algorithm::kHS256, std::string(kSecret)}});
  RS_EXPECT_EQ(verify(good_token(Algorithm::kHS256, nullptr), keys).outcome, TokenOutcome::kValid);
}

RS_TEST(critical_extensions_and_doubled_members_are_refused) {
  RS_EXPECT_EQ(with_header(R"({"alg":"HS256","crit":["exp"]})"), TokenOutcome::kMalformed);
  RS_EXPECT_EQ(with_header(R"({"alg":"none","alg":"HS256"})"), TokenOutcome::kMalformed);
  RS_EXPECT_EQ(verify_claims(R"({"sub":"bob","sub":"alice"})").outcome, TokenOutcome::kMalformed);
}

RS_TEST(keys_that_the_token_brings_along_mean_nothing) {
  const Pkey key = make_key_for(Algorithm::kES256);
  const std::string header = fmt::format(
      R"({{"alg":"ES256","jwk":{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}},"jku":"http://127.0.0.1/"}})",
      to_base64url(number_of(key.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32)),
      to_base64url(number_of(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32)));
  const Pkey known = make_key_for(Algorithm::kES256);
  RS_EXPECT_EQ(verify(signed_token(Algorithm::kES256, key.get(), header, R"({"sub":"alice"})"),
                      Keyset({key_for(Algorithm::kES256, known.get())}))
                   .outcome,
               TokenOutcome::kBadSignature);
}

RS_TEST(expiry_has_a_leeway_on_both_sides) {
  RS_EXPECT_EQ(with_claim(fmt::format(R"("exp":{})", kNow + 1)), TokenOutcome::kValid);
  RS_EXPECT_EQ(with_claim(fmt::format(R"("exp":{})", kNow - 29)), TokenOutcome::kValid);
  RS_EXPECT_EQ(with_claim(fmt::format(R"("exp":{})", kNow - 30)), TokenOutcome::kExpired);
  RS_EXPECT_EQ(with_claim(fmt::format(R"("exp":{}.5)", kNow - 30)), TokenOutcome::kValid);
  RS_EXPECT_EQ(with_claim(R"("exp":0)"), TokenOutcome::kExpired);
  RS_EXPECT_EQ(with_claim(fmt::format(R"("nbf":{})", kNow + 30)), TokenOutcome::kValid);
  RS_EXPECT_EQ(with_claim(fmt::format(R"("nbf":{})", kNow + 31)), TokenOutcome::kNotYetValid);
  TokenRules strict;
  strict.leeway = std::chrono::seconds(0);
  RS_EXPECT_EQ(with_claim(fmt::format(R"("exp":{})", kNow), strict), TokenOutcome::kExpired);
  RS_EXPECT_EQ(with_claim(R"("exp":1e300)", strict), TokenOutcome::kValid);
}

RS_TEST(expired_means_good_in_every_other_way) {
  const std::string expired = fmt::format(R"("exp":{})", kNow - 3600);
  const VerifiedToken verified =
      verify_claims(R"({"sub":"alice","role":["a","b"],"jti":"t1",)" + expired + "}");
  RS_EXPECT_EQ(verified.outcome, TokenOutcome::kExpired);
  RS_EXPECT_EQ(verified.identity.user, "alice");
  RS_EXPECT_EQ(verified.identity.token_id, "t1");
  const Keyset others({{"", Algorithm::kHS256, std::string(64, 'o')}});
  RS_EXPECT_EQ(verify(hmac_token(kHeader, "{\"sub\":\"alice\"," + expired + "}"), others).outcome,
               TokenOutcome::kBadSignature);
  RS_EXPECT_EQ(verify_claims("{" + expired + "}").outcome, TokenOutcome::kMalformed);
  TokenRules rules;
  rules.audience = "ringside";
  RS_EXPECT_EQ(with_claim(expired, rules), TokenOutcome::kWrongAudience);
  rules.audience.clear();
  rules.issuer = "us";
  RS_EXPECT_EQ(with_claim(expired, rules), TokenOutcome::kWrongIssuer);
  RS_EXPECT_EQ(with_claim(expired + fmt::format(R"(,"nbf":{})", kNow + 3600)),
               TokenOutcome::kNotYetValid);
}

RS_TEST(issuer_and_audience_are_checked_where_they_are_asked_for) {
  TokenRules rules;
  rules.issuer = "https://id.example";
  rules.audience = "ringside";
  constexpr std::string_view kIssuer = R"("iss":"https://id.example",)";
  const auto outcome = [&](std::string_view audience) {
    return with_claim(fmt::format("{}{}", kIssuer, audience), rules);
  };
  RS_EXPECT_EQ(outcome(R"("aud":"ringside")"), TokenOutcome::kValid);
  RS_EXPECT_EQ(outcome(R"("aud":["other","ringside"])"), TokenOutcome::kValid);
  RS_EXPECT_EQ(outcome(R"("aud":"other")"), TokenOutcome::kWrongAudience);
  RS_EXPECT_EQ(outcome(R"("aud":["ring","side"])"), TokenOutcome::kWrongAudience);
  RS_EXPECT_EQ(outcome(R"("aud":[])"), TokenOutcome::kWrongAudience);
  RS_EXPECT_EQ(outcome(R"("aud":7)"), TokenOutcome::kWrongAudience);
  RS_EXPECT_EQ(outcome(R"("x":1)"), TokenOutcome::kWrongAudience);
  RS_EXPECT_EQ(with_claim(R"("iss":"https://id.example.evil","aud":"ringside")", rules),
               TokenOutcome::kWrongIssuer);
  RS_EXPECT_EQ(with_claim(R"("aud":"ringside")", rules), TokenOutcome::kWrongIssuer);
  RS_EXPECT_EQ(with_claim(R"("iss":"anyone","aud":"anything")"), TokenOutcome::kValid);
}

RS_TEST(a_token_that_never_expires_is_refused_where_it_must_expire) {
  TokenRules rules;
  rules.require_expiry = true;
  RS_EXPECT_EQ(with_claim(R"("role":"admin")", rules), TokenOutcome::kMalformed);
  RS_EXPECT_EQ(with_claim(fmt::format(R"("exp":{})", kNow + 60), rules), TokenOutcome::kValid);
}

RS_TEST(claims_become_the_identity) {
  const VerifiedToken verified = verify_claims(fmt::format(
      R"({{"sub":"alice","role":["admin","developer"],"events":["LogEntry","task"],"jti":"t1","iat":{},"exp":{}.25}})",
      kNow - 5, kNow + 60));
  RS_EXPECT_EQ(verified.outcome, TokenOutcome::kValid);
  const Identity& who = verified.identity;
  RS_EXPECT(who.roles == std::vector<std::string>({"admin", "developer"}));
  RS_EXPECT(who.events.value() == std::vector<std::string>({"LogEntry", "task"}));
  RS_EXPECT_EQ(who.token_id, "t1");
  RS_EXPECT_EQ(to_ns(who.issued.value()), (kNow - 5) * 1'000'000'000);
  RS_EXPECT_EQ(to_ns(who.expires.value()), (kNow + 60) * 1'000'000'000 + 250'000'000);
  const VerifiedToken plain = verify_claims(R"({"sub":"bob","role":"viewer","events":[]})");
  RS_EXPECT(plain.identity.roles == std::vector<std::string>({"viewer"}));
  RS_EXPECT(plain.identity.events.value().empty());
  RS_EXPECT(!verify_claims(R"({"sub":"bob"})").identity.events);
}

RS_TEST(claims_of_the_wrong_kind_are_malformed) {
  for (const char* claims : {"{}",
                             R"({"sub":""})",
                             R"({"sub":7})",
                             R"({"sub":null})",
                             R"({"sub":["alice"]})",
                             R"({"role":"admin"})",
                             R"({"sub":"a","role":7})",
                             R"({"sub":"a","role":["x",7]})",
                             R"({"sub":"a","role":{}})",
                             R"({"sub":"a","events":"LogEntry"})",
                             R"({"sub":"a","events":[1]})",
                             R"({"sub":"a","exp":"tomorrow"})",
                             R"({"sub":"a","exp":-1})",
                             R"({"sub":"a","nbf":"x"})",
                             R"({"sub":"a","iat":true})",
                             R"({"sub":"a","jti":7})",
                             "[]",
                             "\"alice\"",
                             "",
                             "{"}) {
    const VerifiedToken verified = verify_claims(claims);
    RS_EXPECT_NE(verified.outcome, TokenOutcome::kValid);
    RS_EXPECT_EQ(verified.identity.user, "");
  }
  RS_EXPECT_EQ(verify_claims(R"({"sub":"a","exp":"tomorrow"})").outcome, TokenOutcome::kMalformed);
}

RS_TEST(claims_that_are_null_are_as_good_as_absent) {
  const VerifiedToken verified = verify_claims(
      R"({"sub":"a","exp":null,"nbf":null,"iat":null,"jti":null,"role":null,"events":null})");
  RS_EXPECT_EQ(verified.outcome, TokenOutcome::kValid);
  RS_EXPECT(!verified.identity.expires);
  RS_EXPECT(!verified.identity.events);
}

RS_TEST(the_users_name_has_a_length) {
  const auto outcome = [](std::size_t n) {
    return verify_claims(fmt::format(R"({{"sub":"{}"}})", std::string(n, 'u'))).outcome;
  };
  RS_EXPECT_EQ(outcome(256), TokenOutcome::kValid);
  RS_EXPECT_EQ(outcome(257), TokenOutcome::kMalformed);
}

RS_TEST(a_token_may_be_8_kib_long_and_not_longer) {
  const auto padded = [](std::size_t n) {
    return hmac_token(kHeader, fmt::format(R"({{"sub":"alice","x":"{}"}})", std::string(n, 'x')));
  };
  std::size_t n = 5000;
  while (padded(n + 1).size() <= 8192) {
    ++n;
  }
  RS_EXPECT_EQ(verify(padded(n)).outcome, TokenOutcome::kValid);
  RS_EXPECT_EQ(verify(padded(n + 2)).outcome, TokenOutcome::kMalformed);
  RS_EXPECT_EQ(verify(std::string(8192, 'x')).outcome, TokenOutcome::kMalformed);
  RS_EXPECT_EQ(verify(std::string(1U << 20U, '.')).outcome, TokenOutcome::kMalformed);
}

RS_TEST(no_detail_repeats_any_of_the_token) {
  for (const std::string& token :
       {hmac_token(R"({"alg":"hunter2"})", R"({"sub":"alice"})"),
        hmac_token(R"({"alg":"HS256","kid":"hunter2"})", R"({"sub":"alice"})"),
        hmac_token(kHeader, R"({"sub":"hunter2","exp":"hunter2"})"),
        hmac_token(kHeader, R"({"sub":"hunter2","exp":1})"), std::string("hunter2"),
        hmac_token(kHeader, R"({"sub":"hunter2"})", std::string(40, 'x'))}) {
    const Keyset keys({{"", Algorithm::kHS256, std::string(kSecret)},
                       {"other", Algorithm::kHS256, std::string(64, 'o')}});
    const VerifiedToken verified = verify(token, keys);
    RS_EXPECT_NE(verified.outcome, TokenOutcome::kValid);
    RS_EXPECT(!verified.detail.empty());
    RS_EXPECT_NOT_CONTAINS(verified.detail, "hunter2");
  }
}

RS_TEST(tokens_are_made_for_every_algorithm) {
  for (int i = 0; i < 9; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    const Pkey pair = make_key_for(algorithm);
    Key signing = key_for(algorithm, pair.get(), "k1");
    if (pair != nullptr) {
      signing.material = private_pem(pair.get());
    }
    const std::string token =
        RS_UNWRAP(make_token(signing, Json::object().set("sub", "alice").set("role", "admin")));
    const InspectedToken inspected = RS_UNWRAP(inspect_token(token + "\n"));
    RS_EXPECT_EQ(inspected.header["kid"].as_string().value(), "k1");
    RS_EXPECT_EQ(inspected.header["alg"].as_string().value(), name_of(algorithm));
    RS_EXPECT_EQ(verify(token, Keyset({key_for(algorithm, pair.get(), "k1")})).outcome,
                 TokenOutcome::kValid);
  }
}

RS_TEST(a_public_key_does_not_sign) {
  const Pkey pair = make_key_for(Algorithm::kES256);
  RS_EXPECT(
      !make_token(key_for(Algorithm::kES256, pair.get()), Json::object().set("sub", "alice")));
  const Pkey other = make_key_for(Algorithm::kES384);
  RS_EXPECT(!make_token({"", Algorithm::kES256, private_pem(other.get())},
                        Json::object().set("sub", "alice")));
}

RS_TEST(inspecting_needs_no_key_and_refuses_what_is_no_token) {
  const InspectedToken inspected =
      RS_UNWRAP(inspect_token(hmac_token(R"({"alg":"none"})", R"({"sub":"alice"})")));
  RS_EXPECT_EQ(inspected.claims["sub"].as_string().value(), "alice");
  for (const char* text : {"", "garbage", "a.b.c", "e30.W10.AAAA"}) {
    RS_EXPECT(!inspect_token(text));
  }
}

RS_TEST(outcomes_have_names_for_logs_and_bodies) {
  RS_EXPECT_EQ(name_of(TokenOutcome::kExpired), "expired");
  RS_EXPECT_EQ(name_of(TokenOutcome::kBadSignature), "bad_signature");
  RS_EXPECT_EQ(name_of(TokenOutcome::kUnknownKey), "unknown_key");
}
