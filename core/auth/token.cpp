// libjwt checks signatures; everything that decides which signature to believe is checked here
// first, from the header, because libjwt 1.10 would use whatever algorithm the token names with
// whatever key it is given: that is how a public RSA key becomes an HMAC secret. Claims are read
// from the verified text only.
#include "core/auth/token.hpp"

#include <fmt/format.h>
#include <jwt.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/auth/base64url.hpp"
#include "core/auth/claims.hpp"
#include "core/auth/pem.hpp"
#include "core/auth/signature.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxTokenBytes = 8192;

struct JwtFree {
  void operator()(jwt_t* p) const noexcept { jwt_free(p); }
};
using Jwt = std::unique_ptr<jwt_t, JwtFree>;

jwt_alg_t libjwt_algorithm(Algorithm algorithm) {
  return static_cast<jwt_alg_t>(JWT_ALG_HS256 +
                                static_cast<int>(algorithm));  // both lists have the same order
}
static_assert(JWT_ALG_ES512 - JWT_ALG_HS256 == static_cast<int>(Algorithm::kES512));

// libjwt 1.10 knows neither PS256 nor EdDSA.
bool is_known_to_libjwt(Algorithm algorithm) {
  return static_cast<int>(algorithm) <= static_cast<int>(Algorithm::kES512);
}

bool is_null(JsonRef claim) { return !claim.present() || claim.kind() == JsonKind::kNull; }

struct Parts {
  std::string_view header;
  std::string_view claims;
};

std::optional<Parts> split_token(std::string_view token) {
  const auto pieces = split(token, '.');
  if (pieces.size() != 3 || pieces[0].empty() || pieces[1].empty()) {
    return std::nullopt;
  }
  return Parts{pieces[0], pieces[1]};
}

std::optional<Json> decode_object(std::string_view encoded) {
  const auto text = decode_base64url(encoded);
  if (!text) {
    return std::nullopt;
  }
  auto parsed = Json::parse(*text);
  if (!parsed || !parsed->ref().is_object()) {
    return std::nullopt;
  }
  return std::move(*parsed);
}

// `is_plain`: the header's type is "JWT" or absent, the only ones that libjwt takes.
bool has_valid_signature(const std::string& token, const Key& key, bool is_plain) {
  if (!is_plain || !is_known_to_libjwt(key.algorithm)) {
    const auto dot = token.rfind('.');
    const auto signature = decode_base64url(std::string_view(token).substr(dot + 1));
    return signature && verify_signature(std::string_view(token).substr(0, dot), *signature, key);
  }
  jwt_t* raw = nullptr;
  const auto* material = reinterpret_cast<const unsigned char*>(key.material.data());
  const int failed =
      jwt_decode(&raw, token.c_str(), material, static_cast<int>(key.material.size()));
  const Jwt decoded(raw);
  return failed == 0 && decoded != nullptr &&
         jwt_get_alg(decoded.get()) == libjwt_algorithm(key.algorithm);
}

VerifiedToken refuse(TokenOutcome outcome, std::string detail) {
  return {outcome, std::move(detail), {}};
}

// Whether a token of this type is one for access: "JWT", "at+jwt" (RFC 9068), or none. Others (of a
// logout, of a proof) are signed with the same keys and mean something else.
bool is_access_token_type(JsonRef type) {
  std::string_view name = type.as_string().value_or("");
  if (name.size() > 12 && equals_ignoring_case(name.substr(0, 12), "application/")) {
    name.remove_prefix(12);
  }
  return is_null(type) || equals_ignoring_case(name, "JWT") || equals_ignoring_case(name, "at+jwt");
}

// Algorithm and key: what the header may decide. Nothing when the signature is valid.
std::optional<VerifiedToken> check_signature(const std::string& token, JsonRef header,
                                             const Keyset& keys) {
  const std::string_view algorithm_name = header["alg"].as_string().value_or("");
  Algorithm algorithm{};
  if (!parse_algorithm(algorithm_name, algorithm)) {
    return refuse(TokenOutcome::kBadAlgorithm,
                  "unsupported algorithm: use HS, RS, PS or ES with 256, 384 or 512, or EdDSA");
  }
  if (!is_access_token_type(header["typ"])) {
    return refuse(TokenOutcome::kMalformed, "the token's typ must be JWT or at+jwt");
  }
  const std::string_view type = header["typ"].as_string().value_or("JWT");
  const bool is_plain = !header["typ"].present() || equals_ignoring_case(type, "JWT");
  if (header["crit"].present()) {
    return refuse(TokenOutcome::kMalformed,
                  "the token has critical extensions (crit), which are not supported");
  }
  if (!is_null(header["kid"]) && !header["kid"].is_string()) {
    return refuse(TokenOutcome::kMalformed, "the token's kid must be a string");
  }
  const auto candidates = keys.find(header["kid"].as_string().value_or(""));
  if (candidates.empty()) {
    return refuse(TokenOutcome::kUnknownKey,
                  "unknown key: the token was signed with a key that this server does not have");
  }
  bool any_pinned = false;
  for (const Key* key : candidates) {
    if (key->algorithm == algorithm) {
      any_pinned = true;
      if (has_valid_signature(token, *key, is_plain)) {
        return std::nullopt;
      }
    }
  }
  return any_pinned
             ? refuse(TokenOutcome::kBadSignature, "invalid signature")
             : refuse(TokenOutcome::kBadAlgorithm, "unsupported algorithm: not the one of its key");
}

}  // namespace

std::string_view name_of(TokenOutcome outcome) noexcept {
  switch (outcome) {
    case TokenOutcome::kValid:
      return "valid";
    case TokenOutcome::kExpired:
      return "expired";
    case TokenOutcome::kNotYetValid:
      return "not_yet_valid";
    case TokenOutcome::kMalformed:
      return "malformed";
    case TokenOutcome::kBadSignature:
      return "bad_signature";
    case TokenOutcome::kUnknownKey:
      return "unknown_key";
    case TokenOutcome::kBadAlgorithm:
      return "bad_algorithm";
    case TokenOutcome::kWrongIssuer:
      return "wrong_issuer";
    case TokenOutcome::kWrongAudience:
      return "wrong_audience";
  }
  return "malformed";
}

VerifiedToken verify_token(std::string_view token, const Keyset& keys, const TokenRules& rules,
                           const Clock& clock) {
  if (token.size() > kMaxTokenBytes) {
    return refuse(TokenOutcome::kMalformed,
                  fmt::format("the token is longer than {} bytes", kMaxTokenBytes));
  }
  const auto parts = split_token(token);
  const auto header = parts ? decode_object(parts->header) : std::nullopt;
  if (!header) {
    return refuse(TokenOutcome::kMalformed, "the token is not a JSON Web Token");
  }
  if (auto refused = check_signature(std::string(token), header->ref(), keys)) {
    return std::move(*refused);
  }
  const auto claims_json = decode_object(parts->claims);
  if (!claims_json) {
    return refuse(TokenOutcome::kMalformed, "the token's claims are not a JSON object");
  }
  std::string why;
  auto claims = read_claims(claims_json->ref(), rules, why);
  if (!claims) {
    return refuse(TokenOutcome::kMalformed, why);
  }
  if (!rules.issuer.empty() &&
      (*claims_json)["iss"].as_string() != std::optional<std::string_view>(rules.issuer)) {
    return refuse(TokenOutcome::kWrongIssuer, "the token is of another issuer");
  }
  if (!rules.audience.empty() && !names_audience((*claims_json)["aud"], rules.audience)) {
    return refuse(TokenOutcome::kWrongAudience, "the token is for another audience");
  }
  const WallTime now = clock.wall_now();
  if (claims->not_before && now + rules.leeway < *claims->not_before) {
    return refuse(TokenOutcome::kNotYetValid, "the token is not valid yet");
  }
  if (!claims->identity.expires && rules.require_expiry) {
    return refuse(TokenOutcome::kMalformed,
                  "the token never expires, and here it must have an expiry (exp)");
  }
  if (claims->identity.expires && now >= *claims->identity.expires + rules.leeway) {
    return {TokenOutcome::kExpired, "the token has expired", claims->identity};
  }
  return {TokenOutcome::kValid, "", claims->identity};
}

Result<std::string> make_token(const Key& key, const Json& claims) {
  jwt_t* raw = nullptr;
  if (jwt_new(&raw) != 0) {
    return fail("out of memory");
  }
  const Jwt jwt(raw);
  if (!is_hmac(key.algorithm)) {
    if (const Status fit = check_pem(key.material, key.algorithm, true); !fit) {
      return fail_from(fit.error(), "the key");
    }
  }
  const std::string text = claims.dump();
  if (!is_known_to_libjwt(key.algorithm)) {
    Json header = Json::object();
    header.set("alg", name_of(key.algorithm)).set("typ", "JWT");
    if (!key.id.empty()) {
      header.set("kid", key.id);
    }
    const std::string signed_text = encode_base64url(header.dump()) + '.' + encode_base64url(text);
    const auto signature = make_signature(signed_text, key);
    return signature ? Result<std::string>(signed_text + '.' + encode_base64url(*signature))
                     : tl::unexpected(signature.error());
  }
  const auto* material = reinterpret_cast<const unsigned char*>(key.material.data());
  if (jwt_add_grants_json(jwt.get(), text.c_str()) != 0 ||
      (!key.id.empty() && jwt_add_header(jwt.get(), "kid", key.id.c_str()) != 0) ||
      jwt_set_alg(jwt.get(), libjwt_algorithm(key.algorithm), material,
                  static_cast<int>(key.material.size())) != 0) {
    return fail("cannot create a token from these claims");
  }
  char* encoded = jwt_encode_str(jwt.get());
  if (encoded == nullptr) {
    return fail("the key does not sign: is it a private key?");
  }
  std::string token(encoded);
  std::free(encoded);
  return token;
}

Result<InspectedToken> inspect_token(std::string_view token) {
  const auto parts = split_token(trim(token));
  auto header = parts ? decode_object(parts->header) : std::nullopt;
  auto claims = parts ? decode_object(parts->claims) : std::nullopt;
  if (!header || !claims) {
    return fail("is not a JSON Web Token");
  }
  return InspectedToken{std::move(*header), std::move(*claims)};
}

}  // namespace ringside
