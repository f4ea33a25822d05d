#pragma once
// Tokens: JSON Web Tokens verified (and, for the CLI and tests, made). The only place that knows
// libjwt.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/claims.hpp"
#include "core/auth/keyset.hpp"
#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/policy/identity.hpp"

namespace ringside {

enum class TokenOutcome {
  kValid,
  kExpired,  // good in every other way, signature included
  kNotYetValid,
  kMalformed,  // not a JWT, too long (8 KiB), claims of the wrong kind, no `sub`
  kBadSignature,
  kUnknownKey,    // no key for its kid
  kBadAlgorithm,  // `none`, or not the one that the key is pinned to
  kWrongIssuer,
  kWrongAudience,
};

// For logs, counters and HTTP bodies: "expired", "bad_signature", ...
[[nodiscard]] std::string_view name_of(TokenOutcome outcome) noexcept;

struct VerifiedToken {
  TokenOutcome outcome = TokenOutcome::kMalformed;
  std::string detail;  // why, for the client and the log; never part of the token
  Identity identity;   // kValid and kExpired only
};

// Verifies signature, algorithm and claims. Of a good signature only, the claim `filter` is compiled.  Threads: any; `keys` is immutable.
[[nodiscard]] VerifiedToken verify_token(std::string_view token, const Keyset& keys,
                                         const TokenRules& rules, const Clock& clock);

// Makes a token: `claims` (an object) signed by `key` with its algorithm, `kid` in the header when
// the key has one.
[[nodiscard]] Result<std::string> make_token(const Key& key, const Json& claims);

// Header and claims without verification, for `ringside token --inspect`. Errors: not a JWT.
struct InspectedToken {
  Json header;
  Json claims;
};
[[nodiscard]] Result<InspectedToken> inspect_token(std::string_view token);

}  // namespace ringside
